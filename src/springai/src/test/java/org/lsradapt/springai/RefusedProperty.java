package org.lsradapt.springai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

final class RefusedProperty {
    private RefusedProperty() {}

    /** Fails unless a context with one more property, named without its prefix, does not start because of it. */
    static void assertRefused(ApplicationContextRunner runner, String property, Object value, String reason) {
        String name = "lsradapt." + property;
        runner.withPropertyValues(name + "=" + value).run(context -> {
            Throwable cause = context.getStartupFailure();
            while (cause != null && !(cause instanceof InvalidConfigurationPropertyValueException)) {
                cause = cause.getCause();
            }
            InvalidConfigurationPropertyValueException found =
                    assertInstanceOf(InvalidConfigurationPropertyValueException.class, cause);
            assertEquals(name, found.getName());
            assertEquals(value.toString(), found.getValue());
            assertTrue(found.getReason().contains(reason), found.getReason());
        });
    }
}
