package org.lsradapt.spark;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.tasks.classification.Classification;

/**
 * Appends outputs to the rows of a partition, some hundred rows at a time.
 *
 * @param task a {@link Scorer.Task}
 * @param columns the names of the rows' columns, which rows do not always know
 * @param secondText the index of the second text column, or -1 for single texts
 * @param adapter the index of the adapter column, or -1 if the trained adapter scores all rows
 * @param wanted for each {@link StageParams.Output} whether to append it
 */
@SuppressWarnings("ArrayRecordComponent")
record ScoreRows(
        Broadcast<byte[]> task, String id, String[] columns, int text, int secondText, int adapter, boolean[] wanted)
        implements MapPartitionsFunction<Row, Row> {
    /** The number of rows in memory at a time. */
    private static final int BUFFER = 512;

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        return new Iterator<>() {
            private Optional<Scorer> scorer = Optional.empty();
            private final Deque<Row> ready = new ArrayDeque<>();

            @Override
            public boolean hasNext() {
                return !ready.isEmpty() || rows.hasNext();
            }

            @Override
            public Row next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                if (ready.isEmpty()) {
                    if (scorer.isEmpty()) {
                        scorer = Optional.of(WorkerModels.scorer(id, task));
                    }
                    List<Row> some = new ArrayList<>();
                    while (some.size() < BUFFER && rows.hasNext()) {
                        some.add(rows.next());
                    }
                    score(scorer.get(), some, ready);
                }
                return ready.poll();
            }
        };
    }

    private void score(Scorer scorer, List<Row> rows, Deque<Row> into) {
        List<Scorer.Input> inputs = rows.stream().map(this::input).toList();
        double[][] outputs = scorer.outputs(inputs);
        for (int i = 0; i < outputs.length; i++) {
            into.add(append(rows.get(i), outputs[i], scorer.labels(inputs.get(i).adapter())));
        }
    }

    private Scorer.Input input(Row row) {
        return new Scorer.Input(
                adapter < 0 ? LsrTextClassifierModel.TRAINED : string(row, adapter),
                string(row, text),
                secondText < 0 ? Optional.empty() : Optional.of(string(row, secondText)));
    }

    private String string(Row row, int column) {
        Require.argument(!row.isNullAt(column), "scoring: column '%s' is null in row %s", columns[column], row);
        return row.getString(column);
    }

    private Row append(Row row, double[] logits, List<String> labels) {
        Classification scored = Classification.of(logits, labels);
        Object[] outputs = {
            Vectors.dense(logits),
            Vectors.dense(scored.probabilities().stream().mapToDouble(p -> p).toArray()),
            (double) labels.indexOf(scored.label()),
            scored.label()
        };
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < row.length(); i++) {
            values.add(row.get(i));
        }
        for (int i = 0; i < outputs.length; i++) {
            if (wanted[i]) {
                values.add(outputs[i]);
            }
        }
        return RowFactory.create(values.toArray());
    }
}
