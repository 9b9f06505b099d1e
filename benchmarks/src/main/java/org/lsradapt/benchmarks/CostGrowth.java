package org.lsradapt.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.report.internal.Chart;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * How the cost of adapters grows with separation rank, bottleneck rank, width, tokens and number of adapters, each
 * beside its floor: its multiply-adds at the rate of one large matrix product, measured in the same run.
 */
final class CostGrowth {
    private static final int WIDTH = 768;
    private static final double WARM_UP = 0.5;
    private static final double SAMPLE = 0.5;
    private static final int[] TO_64 = {1, 2, 4, 8, 16, 32, 64};

    private final Backend backend = Backends.standard();
    private final double perMilli;
    private final List<Sweep> sweeps = new ArrayList<>();

    private record Point(int value, double millis, double floor) {}

    private record Sweep(String title, String axis, List<Point> points) {}

    private CostGrowth() {
        perMilli = 2048.0 * WIDTH * WIDTH / time(product(2048, WIDTH));
    }

    /**
     * Measures; prints a table and leaves it with charts in {@code target}.
     *
     * @param args none
     * @throws IOException if the files cannot be written
     */
    static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of("target"));
        try (Backend.Pass pass = Backends.standard().openPass()) {
            CostGrowth growth = new CostGrowth();
            growth.measure();
            String table = growth.table() + growth.contractions();
            Files.writeString(folder.resolve("growth.md"), table);
            for (int i = 0; i < growth.sweeps.size(); i++) {
                Path file = folder.resolve("growth-" + (i + 1) + ".svg");
                Files.writeString(file, chart(growth.sweeps.get(i)).svg());
            }
            System.out.print(table);
        }
    }

    private void measure() {
        sweep("24 adapters materialized, 768 wide, r 4", "s", TO_64, s -> {
            AdapterSet set = adapters(24, WIDTH, config(4, s));
            return new Point(s, time(set::materialize), 2 * 24 * 4.0 * WIDTH * s / perMilli);
        });
        sweep("their factors' gradients", "s", TO_64, s -> {
            AdapterSet set = adapters(24, WIDTH, config(4, s));
            return new Point(s, time(set::collectGradients), 2 * 2 * 24 * 4.0 * WIDTH * s / perMilli);
        });
        sweep("update forward and backward, 768 wide, 2048 tokens, s 16", "r", TO_64, r -> {
            Update update = new Update(WIDTH, 2048, config(r, 16));
            return new Point(r, time(update::forwardBackward), 6.0 * 2048 * WIDTH * r / perMilli);
        });
        sweep("one adapter materialized, r 4, s 16", "width", new int[] {384, 768, 1024, 2048, 4096, 8192}, width -> {
            AdapterSet set = adapters(1, width, config(4, 16));
            return new Point(width, time(set::materialize), 2 * 4.0 * width * 16 / perMilli);
        });
        sweep("update forward, 768 wide, r 4, s 16", "tokens", new int[] {1, 8, 64, 512, 2048, 8192}, tokens -> {
            Update update = new Update(WIDTH, tokens, config(4, 16));
            return new Point(tokens, time(update::forward), 2.0 * tokens * WIDTH * 4 / perMilli);
        });
        sweep("adapters materialized, 768 wide, r 4, s 16", "adapters", new int[] {1, 4, 16, 64, 256}, count -> {
            AdapterSet set = adapters(count, WIDTH, config(4, 16));
            return new Point(count, time(set::materialize), 2.0 * count * 4 * WIDTH * 16 / perMilli);
        });
    }

    /** Both ways to multiply by a Kronecker sum where they differ most, and which the cost model takes. */
    private String contractions() {
        StringBuilder table = new StringBuilder(String.format(
                "%n| M | rows of x | through dense, ms | through factors, ms | chosen | chosen over better |%n"
                        + "|---|---|---|---|---|---|%n"));
        int[][] shapes = {
            {16, 32, 2, 24, 2},
            {16, 64, 2, 64, 2},
            {16, 64, 8, 64, 8},
            {16, 64, 32, 64, 32},
            {64, 64, 32, 64, 32},
            {1, 64, 64, 64, 64},
            {4, 64, 64, 64, 64}
        };
        for (int[] shape : shapes) {
            KroneckerSum sum = KroneckerSum.of(
                    Nd4j.randn(DataType.FLOAT, shape[0], shape[1], shape[2]),
                    Nd4j.randn(DataType.FLOAT, shape[0], shape[3], shape[4]));
            for (int n : new int[] {1, 64, 2048}) {
                INDArray x = Nd4j.randn(DataType.FLOAT, n, sum.rows());
                double dense =
                        time(() -> sum.apply(x, KroneckerSum.Way.THROUGH_DENSE).close());
                double factors = time(
                        () -> sum.apply(x, KroneckerSum.Way.THROUGH_FACTORS).close());
                boolean choseFactors = sum.cheaperWay(n) == KroneckerSum.Way.THROUGH_FACTORS;
                table.append(String.format(
                        Locale.ROOT,
                        "| %s | %d | %.3f | %.3f | %s | %.2f |%n",
                        sum.describe(),
                        n,
                        dense,
                        factors,
                        choseFactors ? "factors" : "dense",
                        (choseFactors ? factors : dense) / Math.min(dense, factors)));
            }
        }
        return table.toString();
    }

    private void sweep(String title, String axis, int[] values, IntFunction<Point> measure) {
        List<Point> points = new ArrayList<>();
        for (int value : values) {
            points.add(measure.apply(value));
        }
        sweeps.add(new Sweep(title, axis, points));
    }

    private static double time(Runnable work) {
        return Clock.medianMillis(work, WARM_UP, SAMPLE);
    }

    private static LsrConfig config(int r, int s) {
        return LsrConfig.builder().bottleneckRank(r).separationRank(s).build();
    }

    private Runnable product(int rows, int width) {
        INDArray x = Nd4j.rand(DataType.FLOAT, rows, width);
        INDArray w = Nd4j.rand(DataType.FLOAT, width, width);
        INDArray y = x.ulike();
        return () -> backend.gemm(x, false, w, false, 1, 0, y);
    }

    private AdapterSet adapters(int count, int width, LsrConfig config) {
        INDArray weight = Nd4j.create(DataType.FLOAT, width, width);
        List<FrozenLinear> layers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            layers.add(FrozenLinear.of("layer." + i, weight));
        }
        AdapterSet set = AdapterSet.create(layers, config, backend);
        for (Parameter parameter : set.parameters()) {
            parameter
                    .value()
                    .assign(Nd4j.randn(DataType.FLOAT, parameter.value().shape()));
        }
        return set;
    }

    /** The update of one layer alone, on arrays of its own. */
    private final class Update {
        private final LayerUpdate use;
        private final int[] rows;
        private final INDArray x;
        private final INDArray y;

        Update(int width, int tokens, LsrConfig config) {
            AdapterSet set = adapters(1, width, config);
            use = set.use(set.adapters().get(0).name(), 0);
            rows = new int[] {0, tokens};
            x = Nd4j.randn(DataType.FLOAT, tokens, width);
            y = x.ulike();
        }

        void forward() {
            use.forward(rows, x, y);
        }

        /** x serves as ∂L/∂y and y as ∂L/∂x: the numbers do not matter to the time. */
        void forwardBackward() {
            use.forward(rows, x, y);
            use.backward(x, x, y);
        }
    }

    private String table() throws IOException {
        StringBuilder table = new StringBuilder(Machine.describe())
                .append(String.format(
                        Locale.ROOT, "; one large product: %.1f billion multiply-adds a second%n", perMilli / 1e6));
        for (Sweep sweep : sweeps) {
            table.append(String.format(
                    "%n| %s: %s | ms | floor, ms | times |%n|---|---|---|---|%n", sweep.title, sweep.axis));
            for (Point p : sweep.points) {
                table.append(String.format(
                        Locale.ROOT, "| %d | %.4f | %.4f | %.1f |%n", p.value, p.millis, p.floor, p.millis / p.floor));
            }
        }
        return table.toString();
    }

    private static Chart chart(Sweep sweep) {
        Chart chart =
                new Chart(sweep.title, sweep.axis, "ms").withLogarithmicX().withLogarithmicY();
        double[] x = sweep.points.stream().mapToDouble(Point::value).toArray();
        chart.line(
                "measured", x, sweep.points.stream().mapToDouble(Point::millis).toArray());
        chart.line(
                "arithmetic floor",
                x,
                sweep.points.stream().mapToDouble(Point::floor).toArray());
        return chart;
    }
}
