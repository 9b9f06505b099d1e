package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * How the kit's files hold numbers, and the arithmetic that its inputs are made by: in double precision, in a fixed order,
 * without BLAS and without functions of {@link Math} that may differ by processor. So inputs are the same bytes everywhere.
 */
final class KitFiles {

    private KitFiles() {}

    /** Standard normal numbers, deterministic on any machine. */
    static INDArray normal(long seed, DataType type, long... shape) {
        Random random = new Random(seed);
        double[] values = new double[(int) length(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextGaussian();
        }
        return array(values, shape).castTo(type);
    }

    static INDArray array(double[] values, long... shape) {
        return Nd4j.createFromArray(values).reshape('c', shape);
    }

    /** A power of ten: the double nearest to it. */
    static double powerOfTen(int exponent) {
        return Double.parseDouble("1e" + exponent);
    }

    /** The dense matrix of a sum of Kronecker products of two factors: a term after the other, each rounded once with the sum. */
    static INDArray dense(INDArray first, INDArray second) {
        long[] rows = {first.size(1), second.size(1)};
        long[] columns = {first.size(2), second.size(2)};
        INDArray dense = Nd4j.zeros(DataType.DOUBLE, rows[0] * rows[1], columns[0] * columns[1]);
        for (long i = 0; i < dense.rows(); i++) {
            for (long j = 0; j < dense.columns(); j++) {
                double sum = 0;
                for (long k = 0; k < first.size(0); k++) {
                    sum = Math.fma(
                            first.getDouble(k, i / rows[1], j / columns[1]),
                            second.getDouble(k, i % rows[1], j % columns[1]),
                            sum);
                }
                dense.putScalar(i, j, sum);
            }
        }
        return dense;
    }

    /** The Frobenius norm, summed in the order of the elements. */
    static double norm(INDArray array) {
        double squares = 0;
        for (double number : array.dup('c').data().asDouble()) {
            squares += number * number;
        }
        return Math.sqrt(squares);
    }

    /** An array whose numbers, but for integers, are off by up to so many units in the last place. */
    static INDArray moved(INDArray array, int units, Random random) {
        INDArray moved = array.dup('c');
        for (long i = 0; i < moved.length(); i++) {
            double number = moved.getDouble(i);
            if (number != Math.rint(number)) {
                double unit = moved.dataType() == DataType.FLOAT ? Math.ulp((float) number) : Math.ulp(number);
                moved.putScalar(i, number + (random.nextInt(2 * units + 1) - units) * unit);
            }
        }
        return moved;
    }

    /** The first columns of a matrix, new. */
    static INDArray columns(INDArray matrix, int count) {
        return matrix.get(NDArrayIndex.all(), NDArrayIndex.interval(0, count)).dup('c');
    }

    static long length(long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        return length;
    }

    /** No file where there is no array. */
    static void writeTensors(Path file, Map<String, INDArray> tensors) throws IOException {
        if (!tensors.isEmpty()) {
            SafeTensors.write(file, tensors, Map.of());
        }
    }

    /** All arrays of a file with the types that it has; none if there is no file. */
    static Map<String, INDArray> readTensors(Path file) throws IOException {
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        if (Files.exists(file)) {
            try (SafeTensors source = SafeTensors.open(file)) {
                for (String name : source.names()) {
                    tensors.put(name, source.readStored(name));
                }
            }
        }
        return tensors;
    }

    /** The bytes before a tensor file's data, where a seal of the configuration is zero. */
    static byte[] header(Path file) throws IOException {
        byte[] bytes = unsealed(file);
        long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return Arrays.copyOf(bytes, Math.toIntExact(Long.BYTES + length));
    }

    static ObjectNode readScalars(Path file) throws IOException {
        return Files.exists(file) ? JsonFile.readObject(file) : JsonFile.newObject();
    }

    /** JSON has no number that is not finite. */
    static JsonNode number(double value) {
        return Double.isFinite(value) ? DoubleNode.valueOf(value) : TextNode.valueOf(Double.toString(value));
    }

    static void putConfig(ObjectNode node, LsrConfig config) {
        node.put("r", config.bottleneckRank())
                .put("separation_rank", config.separationRank())
                .put("factor_count", config.factorCount())
                .put("alpha", config.alpha())
                .put("scaling_rule", config.scalingRule().label());
        putSizes(node, "in_factors", config.inFactors());
        putSizes(node, "out_factors", config.outFactors());
        putSizes(node, "rank_factors", config.rankFactors());
        node.put("term_weights", config.termWeights())
                .put("initialization", config.initialization().label())
                .put("seed", String.valueOf(config.seed()));
    }

    private static void putSizes(ObjectNode node, String name, List<Integer> sizes) {
        ArrayNode array = node.putArray(name);
        sizes.forEach(array::add);
    }

    static LsrConfig config(JsonNode node) {
        return LsrConfig.builder()
                .bottleneckRank(node.get("r").intValue())
                .separationRank(node.get("separation_rank").intValue())
                .factorCount(node.get("factor_count").intValue())
                .alpha(node.get("alpha").doubleValue())
                .scalingRule(ScalingRule.named(node.get("scaling_rule").textValue()))
                .inFactors(sizes(node.get("in_factors")))
                .outFactors(sizes(node.get("out_factors")))
                .rankFactors(sizes(node.get("rank_factors")))
                .termWeights(node.get("term_weights").booleanValue())
                .initialization(Initialization.named(node.get("initialization").textValue()))
                .seed(Long.parseLong(node.get("seed").textValue()))
                .build();
    }

    static List<Integer> sizes(JsonNode array) {
        List<Integer> sizes = new ArrayList<>();
        array.forEach(size -> sizes.add(size.intValue()));
        return sizes;
    }

    /** A tensor file, where a seal of the configuration is zero: it depends on the version that wrote it. */
    static byte[] unsealed(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        return text.replaceFirst("(\"adapter_config_crc32c\":\")[0-9a-f]{8}", "$100000000")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A configuration without what depends on the version that wrote it. */
    static ObjectNode withoutVersion(ObjectNode config) {
        config.remove("library_version");
        if (config.path("tensors").isObject()) {
            ((ObjectNode) config.get("tensors")).remove("crc32c");
        }
        return config;
    }
}
