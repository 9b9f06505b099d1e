package org.lsradapt.spark;

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
 * The state that a worker process keeps between tasks: base models until it ends, copies of the models of the last trainings,
 * and the last scorers. With a local master, driver and executor are one process and share it.
 */
final class WorkerModels {
    /** Trainings whose copies are kept when no task uses them. */
    private static final int TRAININGS = 2;

    /** Scorers that are kept when no task uses them. */
    private static final int SCORERS = 4;

    private static final String DRIVER = "driver";

    private static final Map<BaseReference, BaseModel> BASES = new HashMap<>();
    /** Copies that no task uses, of the training used last at the end. */
    private static final LinkedHashMap<String, Deque<Replica>> IDLE = new LinkedHashMap<>(16, 0.75f, true);

    private static final LinkedHashMap<String, Scorer> SCORING = new LinkedHashMap<>(16, 0.75f, true);

    private WorkerModels() {}

    /** The base model, loaded by the first task that needs it. */
    static BaseModel base(BaseReference reference) throws IOException {
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

    /** An executor's tasks run beside each other, so each has the cores that Spark gave it; before anything computes. */
    private static void limitThreads() {
        TaskContext task = TaskContext.get();
        if (task != null
                && !SparkEnv.get().executorId().equals(DRIVER)
                && System.getProperty(Parallel.PROPERTY) == null) {
            System.setProperty(Parallel.PROPERTY, String.valueOf(task.cpus()));
        }
    }

    /**
     * Lends a copy of a training's model.
     *
     * @param id of the training
     * @param task a {@link Replica.Task}, read where there is no copy yet
     * @param use what is done with it
     */
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

    /** Frees a training's copies in this process. */
    static void release(String training) {
        synchronized (IDLE) {
            Deque<Replica> idle = IDLE.remove(training);
            if (idle != null) {
                idle.forEach(Replica::close);
            }
        }
    }

    /**
     * The scorer of a model, for as long as the running task lasts.
     *
     * @param id the same for tasks that are the same
     * @param task a {@link Scorer.Task}
     */
    static Scorer scorer(String id, Broadcast<byte[]> task) {
        synchronized (SCORING) {
            Scorer scorer = SCORING.get(id);
            if (scorer == null) {
                scorer = Unchecked.io(() -> new Scorer(Wire.value(task.value(), Scorer.Task.class)));
                SCORING.put(id, scorer);
            }
            scorer.users++;
            Scorer lent = scorer;
            TaskContext.get().addTaskCompletionListener(context -> {
                synchronized (SCORING) {
                    lent.users--;
                    removeUnused();
                }
            });
            return scorer;
        }
    }

    private static void removeUnused() {
        var oldest = SCORING.values().iterator();
        for (int over = SCORING.size() - SCORERS; over > 0 && oldest.hasNext(); ) {
            Scorer scorer = oldest.next();
            if (scorer.users == 0) {
                oldest.remove();
                scorer.close();
                over--;
            }
        }
    }
}
