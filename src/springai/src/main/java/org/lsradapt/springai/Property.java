package org.lsradapt.springai;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.StringUtils;

/**
 * A property that is set.
 *
 * @param name its name
 * @param value its value
 */
record Property(String name, String value) {

    /** Empty if the value is null or blank. */
    static Optional<Property> of(String name, @Nullable String value) {
        return StringUtils.hasText(value) ? Optional.of(new Property(name, value)) : Optional.empty();
    }

    /** Returns the folder that the value names. */
    Path folder() {
        return path(Files::isDirectory, "folder");
    }

    /** Returns the file that the value names. */
    Path file() {
        return path(Files::isRegularFile, "file");
    }

    /** Returns the file or folder that the value names. */
    Path fileOrFolder() {
        return path(Files::exists, "file or folder");
    }

    private Path path(Predicate<Path> there, String what) {
        Path path;
        try {
            path = Path.of(value);
        } catch (InvalidPathException e) {
            throw invalid(e);
        }
        if (!there.test(path)) {
            throw invalid("there is not a " + what + " " + path.toAbsolutePath().normalize());
        }
        return path;
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
