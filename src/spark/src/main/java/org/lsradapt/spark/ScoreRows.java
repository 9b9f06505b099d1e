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
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Appends outputs to the rows of a partition, some hundred rows at a time.
 *
 * @param columns the names of the rows' columns, which rows do not always know
 * @param adapter the index of the adapter column, or -1 if the trained adapter scores all rows
 * @param wanted for each {@link TaskRows.Output} whether to append it
 */
@SuppressWarnings("ArrayRecordComponent")
record ScoreRows(Broadcast<byte[]> task, String id, String[] columns, int[] scored, int adapter, boolean[] wanted)
        implements MapPartitionsFunction<Row, Row> {
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
                        scorer = Optional.of(Scorers.lend(id, task));
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
        List<Object[]> outputs = scorer.score(rows.stream().map(this::input).toList());
        for (int i = 0; i < rows.size(); i++) {
            into.add(append(rows.get(i), outputs.get(i)));
        }
    }

    private Scorer.Input input(Row row) {
        List<Object> values = new ArrayList<>();
        for (int column : scored) {
            values.add(value(row, column));
        }
        return new Scorer.Input(adapter < 0 ? LsrModel.TRAINED : (String) value(row, adapter), values);
    }

    private Object value(Row row, int column) {
        StageColumn.requireNoNull(row, column, columns[column], "scoring: ");
        return row.get(column) instanceof String text ? text : List.copyOf(row.getList(column));
    }

    private Row append(Row row, Object[] outputs) {
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
