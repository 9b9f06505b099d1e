package org.lsradapt.training.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.numerics.ConditionMonitor;
import org.lsradapt.lsr.numerics.Precision;

class TrainingConfigTest {
    private static final Map<Class<?>, Object> VALUES = Map.of(
            int.class,
            7,
            long.class,
            9L,
            double.class,
            0.25,
            boolean.class,
            true,
            Schedule.Decay.class,
            Schedule.Decay.COSINE,
            LowPrecision.class,
            new LowPrecision(Precision.BF16, true),
            ConditionMonitor.Settings.class,
            new ConditionMonitor.Settings(2, Precision.BF16, 0.5, ConditionMonitor.Policy.LOG));

    /** Its methods name the components in strings. */
    @Test
    void builder_setsEachComponentAndNoOther() throws ReflectiveOperationException {
        for (RecordComponent component : TrainingConfig.class.getRecordComponents()) {
            Method setter = Stream.of(TrainingConfig.Builder.class.getMethods())
                    .filter(method -> method.getName().equals(component.getName()))
                    .findFirst()
                    .orElseThrow();
            Object value = VALUES.get(setter.getParameterTypes()[0]);
            TrainingConfig.Builder builder = TrainingConfig.builder();
            setter.invoke(builder, value);
            TrainingConfig config = builder.build();
            for (RecordComponent each : TrainingConfig.class.getRecordComponents()) {
                Object found = each.getAccessor().invoke(config);
                Object usual = each.getAccessor().invoke(TrainingConfig.defaults());
                if (each.getName().equals(component.getName())) {
                    assertEquals(value, found instanceof Optional<?> present ? present.orElseThrow() : found);
                    assertNotEquals(usual, found, each::getName);
                } else {
                    assertEquals(usual, found, each::getName);
                }
            }
            assertEquals(config, config.toBuilder().build());
        }
    }

    @Test
    void build_outOfRange_namesTheSetting() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> TrainingConfig.builder().batchSize(0).build());
        assertEquals("batch size is 0, expected 1 to 1000000", e.getMessage());
    }
}
