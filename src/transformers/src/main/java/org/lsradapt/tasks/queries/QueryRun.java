package org.lsradapt.tasks.queries;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.FixedContrast;
import org.lsradapt.retrieval.RankingMetrics;
import org.lsradapt.training.DivergedException;
import org.lsradapt.training.settings.Schedule;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One training of a {@link QueryAdapter}. */
record QueryRun(
        QueryData data,
        String embedder,
        LsrConfig config,
        int epochs,
        int batchSize,
        double learningRate,
        double temperature) {
    private static final Logger LOG = LoggerFactory.getLogger(QueryRun.class);
    private static final String METRIC = RankingMetrics.NAMES.get(0);
    private static final double WARM_UP = 0.1;
    private static final double MAX_NORM = 1;

    QueryAdapter train() {
        double[][] before = data.byQuery(query -> query);
        try (AdapterSet adapters = QueryAdapter.adapters(config, data.width(), DataType.FLOAT);
                Step step = new Step(data, adapters, temperature)) {
            AdamW optimizer = AdamW.builder().build().addAll(adapters.parameters(), learningRate);
            List<int[]> examples = data.examples();
            Schedule schedule = Schedule.of(epochs * steps(examples), WARM_UP, Schedule.Decay.LINEAR);
            Random random = SplitMix64.random(config.seed());
            QueryAdapter best = measured(adapters, QueryScores.of(before, before), 0);
            for (int epoch = 1; epoch <= epochs; epoch++) {
                Collections.shuffle(examples, random);
                double loss = epoch(examples, step, optimizer, schedule);
                QueryAdapter update = measured(adapters, QueryScores.of(before, before), epoch);
                QueryScores scores = QueryScores.of(before, data.byQuery(update::apply));
                double metric = scores.after().metrics().get(METRIC);
                if (metric > best.after()) {
                    best = measured(adapters, scores, epoch);
                }
                report(epoch, loss, metric);
            }
            LOG.info("query adapter: {}", best.summary());
            return best;
        }
    }

    private int steps(List<int[]> examples) {
        return (examples.size() + batchSize - 1) / batchSize;
    }

    private double epoch(List<int[]> examples, Step step, AdamW optimizer, Schedule schedule) {
        double sum = 0;
        for (int from = 0; from < examples.size(); from += batchSize) {
            double loss = step.loss(examples.subList(from, Math.min(examples.size(), from + batchSize)));
            DivergedException.requireFinite(loss, "the loss of step " + (optimizer.steps() + 1));
            optimizer.step(schedule.factor(optimizer.steps()), MAX_NORM);
            sum += loss;
        }
        return sum / steps(examples);
    }

    private QueryAdapter measured(AdapterSet adapters, QueryScores scores, int epoch) {
        return QueryAdapter.of(
                new QueryCard(
                        embedder,
                        data.width(),
                        data.asked().length,
                        scores.before().metrics().get(METRIC),
                        scores.after().metrics().get(METRIC),
                        epoch,
                        epochs),
                Optional.of(scores),
                adapters);
    }

    private void report(int epoch, double loss, double metric) {
        if (LOG.isInfoEnabled()) {
            LOG.info(
                    "query adapter: epoch {} of {}, loss {}, {} {}",
                    epoch,
                    epochs,
                    String.format(Locale.ROOT, "%.4f", loss),
                    METRIC,
                    String.format(Locale.ROOT, "%.4f", metric));
        }
    }

    /** Computes losses and the gradients of the adapter. */
    static final class Step implements AutoCloseable {
        private final Backend backend = Backends.standard();
        private final QueryData data;
        private final AdapterSet adapters;
        private final DataType type;
        private final LayerUpdate update;
        private final FixedContrast contrast;

        Step(QueryData data, AdapterSet adapters, double temperature) {
            this.data = data;
            this.adapters = adapters;
            type = adapters.values().dataType();
            contrast = new FixedContrast(data.width(), type, temperature, backend);
            update = adapters.use(QueryAdapter.LAYER, 0);
        }

        /** Computes the loss of a batch of examples, and leaves its gradients in the adapters. */
        double loss(List<int[]> batch) {
            int[] candidates = data.candidates(batch);
            FrozenLinear layer = adapters.adapters().get(0).layer();
            int[] targets = batch.stream()
                    .mapToInt(example -> indexOf(example[1], candidates))
                    .toArray();
            adapters.materialize();
            adapters.zeroGradients();
            try (INDArray x = matrix(batch.stream().map(example -> data.queries()[example[0]]));
                    INDArray c = matrix(Arrays.stream(candidates).mapToObj(row -> data.passages()[row]));
                    INDArray y = Nd4j.createUninitialized(type, x.shape(), 'c');
                    INDArray gradient = Nd4j.createUninitialized(type, x.shape(), 'c')) {
                layer.apply(backend, x, y);
                update.forward(new int[] {0, batch.size()}, x, y);
                double loss =
                        contrast.loss(y, c, targets, (i, j) -> data.isWrong(candidates[j], batch.get(i)), gradient);
                update.backward(x, gradient, null);
                adapters.collectGradients();
                return loss;
            }
        }

        private static int indexOf(int row, int[] rows) {
            int at = 0;
            while (rows[at] != row) {
                at++;
            }
            return at;
        }

        private INDArray matrix(Stream<float[]> rows) {
            INDArray matrix = Nd4j.create(rows.toArray(float[][]::new));
            return type == DataType.FLOAT ? matrix : matrix.castTo(type);
        }

        @Override
        public void close() {
            update.close();
            contrast.close();
        }
    }
}
