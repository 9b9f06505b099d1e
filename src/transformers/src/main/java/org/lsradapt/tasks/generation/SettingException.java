package org.lsradapt.tasks.generation;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A setting of a {@link GenerationRequest} that is not supported or out of range. */
public final class SettingException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String setting;
    private final transient @Nullable Object value;

    SettingException(String setting, @Nullable Object value, String message) {
        super(message);
        this.setting = setting;
        this.value = value;
    }

    /** The setting, as the interface names it. */
    public String setting() {
        return setting;
    }

    /** The value that is out of range; empty if the setting is not supported at all. */
    public Optional<Object> value() {
        return Optional.ofNullable(value);
    }
}
