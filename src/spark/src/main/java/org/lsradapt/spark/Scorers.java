package org.lsradapt.spark;

import java.util.LinkedHashMap;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.lsradapt.spark.internal.Unchecked;
import org.lsradapt.spark.internal.Wire;

/** The last scorers of a worker process, which it keeps between tasks. */
final class Scorers {
    private static final int IDLE = 4;

    private static final LinkedHashMap<String, Scorer> SCORING = new LinkedHashMap<>(16, 0.75f, true);

    private Scorers() {}

    /** Lends the scorer of a {@link Scorer.Task} until the running task ends; equal tasks have equal ids. */
    static Scorer lend(String id, Broadcast<byte[]> task) {
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
        for (int over = SCORING.size() - IDLE; over > 0 && oldest.hasNext(); ) {
            Scorer scorer = oldest.next();
            if (scorer.users == 0) {
                oldest.remove();
                scorer.close();
                over--;
            }
        }
    }
}
