package org.lsradapt.springai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** Keeps the observations that have ended. */
final class Observed implements ObservationHandler<Observation.Context> {
    private final List<Observation.Context> ended = new CopyOnWriteArrayList<>();
    final ObservationRegistry registry = ObservationRegistry.create();

    Observed() {
        registry.observationConfig().observationHandler(this);
    }

    @Override
    public void onStop(Observation.Context context) {
        ended.add(context);
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
        return true;
    }

    /** A stream's observation may end after its last signal. */
    List<Observation.Context> await(int count) throws InterruptedException {
        for (int i = 0; i < 1000 && ended.size() < count; i++) {
            Thread.sleep(10);
        }
        assertEquals(count, ended.size());
        return ended;
    }

    static Map<String, String> values(Observation.Context context) {
        return context.getAllKeyValues().stream().collect(Collectors.toMap(KeyValue::getKey, KeyValue::getValue));
    }
}
