package org.lsradapt.spark.internal;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.models.BaseModel;

/**
 * The state that a worker process keeps between tasks: base models until the process ends, and copies of the models of
 * the last trainings. With a local master, driver and executor are one process and share it.
 */
public final class WorkerModels {
    /** The number of trainings whose idle copies are kept. */
    private static final int TRAININGS = 2;

    private static final String DRIVER = "driver";

    private static final Map<BaseReference, BaseModel> BASES = new HashMap<>();
    /** Idle copies by training, least recently used first. */
    private static final LinkedHashMap<String, Deque<Replica>> IDLE = new LinkedHashMap<>(16, 0.75f, true);

    private WorkerModels() {}

    public static BaseModel base(BaseReference reference) throws IOException {
        synchronized (BASES) {
            BaseModel base = BASES.get(reference);
            if (base == null) {
                limitThreads();
                base = reference.load();
                BASES.put(reference, base);
            }
            return base;
        }
    }

    /** Limits each task to the cores that Spark gave it, since tasks run at the same time; called first. */
    private static void limitThreads() {
        TaskContext task = TaskContext.get();
        if (task != null
                && !SparkEnv.get().executorId().equals(DRIVER)
                && System.getProperty(Parallel.PROPERTY) == null) {
            System.setProperty(Parallel.PROPERTY, String.valueOf(task.cpus()));
        }
    }

    /** Lends a copy of a training's model; {@code task}, a {@link Replica.Task}, is read if there is no copy yet. */
    static <T> T withReplica(String id, Broadcast<byte[]> task, Function<Replica, T> use) {
        Replica replica = null;
        synchronized (IDLE) {
            Deque<Replica> idle = IDLE.get(id);
            if (idle != null) {
                replica = idle.poll();
            }
        }
        if (replica == null) {
            limitThreads();
            replica = Unchecked.io(() -> new Replica(Wire.value(task.value(), Replica.Task.class)));
        }
        try (CloseOnFailure opened = new CloseOnFailure()) {
            T result = use.apply(opened.add(replica));
            giveBack(id, opened.release(replica));
            return result;
        }
    }

    private static void giveBack(String training, Replica replica) {
        synchronized (IDLE) {
            IDLE.computeIfAbsent(training, id -> new ArrayDeque<>()).push(replica);
            while (IDLE.size() > TRAININGS) {
                release(IDLE.keySet().iterator().next());
            }
        }
    }

    static void release(String training) {
        synchronized (IDLE) {
            Deque<Replica> idle = IDLE.remove(training);
            if (idle != null) {
                idle.forEach(Replica::close);
            }
        }
    }
}
