package org.lsradapt.springai;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.Models;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.StringUtils;

/** A property that is set. */
record Property(String name, String value) {

    /** Empty if the value is null or blank. */
    static Optional<Property> of(String name, @Nullable String value) {
        return StringUtils.hasText(value) ? Optional.of(new Property(name, value)) : Optional.empty();
    }

    Path folder() {
        return path(Files::isDirectory, "folder");
    }

    Path file() {
        return path(Files::isRegularFile, "file");
    }

    /** Returns the file or folder that the value names, or its name as a path if Hugging Face's cache has that model. */
    Path fileOrFolder() {
        return path(path -> Models.find(value).isPresent(), "file or folder");
    }

    private Path path(Predicate<Path> there, String what) {
        try {
            Path path = Path.of(value);
            if (there.test(path)) {
                return path;
            }
            throw invalid("there is not a " + what + " " + path.toAbsolutePath().normalize());
        } catch (IllegalArgumentException e) {
            // Not a path, or a model that was downloaded in part.
            throw invalid(e);
        }
    }

    /** An exception that names the property; Spring Boot prints where it is set. The exception takes no cause. */
    InvalidConfigurationPropertyValueException invalid(Exception cause) {
        if (cause instanceof InvalidConfigurationPropertyValueException another) {
            return another;
        }
        InvalidConfigurationPropertyValueException invalid = invalid(String.valueOf(cause.getMessage()));
        invalid.addSuppressed(cause);
        return invalid;
    }

    InvalidConfigurationPropertyValueException invalid(String reason) {
        return new InvalidConfigurationPropertyValueException(name, value, reason);
    }
}
