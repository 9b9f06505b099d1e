package org.lsradapt.adapters;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.baselines.FactorSplit;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.baselines.KroneckerMethod;
import org.lsradapt.baselines.KroneckerNames;
import org.lsradapt.baselines.KroneckerShape;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.AdapterConfig;

/** Kronecker sums for ΔW in adapter folders. */
public final class KroneckerFormat implements AdapterFormat {

    @Override
    public String peftType() {
        return "KRONECKER";
    }

    @Override
    public boolean stores(AdapterConfig config) {
        return config instanceof KroneckerConfig;
    }

    @Override
    public List<String> fields() {
        return List.of("method", "terms", "in_split", "out_split", "rank", "scaling", "seed");
    }

    @Override
    public void write(AdapterConfig config, ObjectNode section) {
        KroneckerConfig kronecker = (KroneckerConfig) config;
        section.put("method", kronecker.method().label());
        section.put("terms", kronecker.terms());
        put(section.putArray("in_split"), kronecker.in());
        put(section.putArray("out_split"), kronecker.out());
        section.put("rank", kronecker.rank());
        section.put("scaling", kronecker.scaling());
        section.put("seed", kronecker.seed());
    }

    private static void put(ArrayNode node, FactorSplit split) {
        node.add(split.first()).add(split.second());
    }

    @Override
    public AdapterConfig read(JsonFields section) throws IOException {
        return new KroneckerConfig(
                section.meaning("method", KroneckerMethod::named),
                section.integer("terms"),
                split(section, "in_split"),
                split(section, "out_split"),
                section.integer("rank"),
                section.number("scaling"),
                section.longInteger("seed"));
    }

    private static FactorSplit split(JsonFields section, String field) throws IOException {
        List<Integer> widths = section.integers(field);
        if (widths.size() != 2) {
            throw section.failure(field, "found " + widths + ", expected two widths");
        }
        return new FactorSplit(widths.get(0), widths.get(1));
    }

    @Override
    public List<String> tensors(String layer, AdapterConfig config) {
        return KroneckerNames.of(layer, (KroneckerConfig) config);
    }

    @Override
    public Optional<Sharing> sharing(String layer, AdapterConfig config) {
        KroneckerConfig kronecker = (KroneckerConfig) config;
        return kronecker.sharedBy(layer).map(group -> new Sharing(group, KroneckerNames.first(layer, kronecker)));
    }

    @Override
    public Size size(AdapterConfig config, LayerTensors tensors) throws IOException {
        KroneckerConfig kronecker = (KroneckerConfig) config;
        List<String> first = KroneckerNames.first(tensors.layer(), kronecker);
        List<String> second = KroneckerNames.second(tensors.layer(), kronecker);
        long[] one = widths(first, kronecker.firstRank(), kronecker, tensors);
        long[] two = widths(second, kronecker.secondRank(), kronecker, tensors);
        if (one[0] * two[0] > Integer.MAX_VALUE || one[1] * two[1] > Integer.MAX_VALUE) {
            throw tensors.failure(
                    second.get(0),
                    "and its fellow factors multiply up to " + one[0] * two[0] + " by " + one[1] * two[1]
                            + ", expected no more than an int holds");
        }
        int in = (int) (one[0] * two[0]);
        int out = (int) (one[1] * two[1]);
        KroneckerShape shape;
        try {
            shape = kronecker.shape(tensors.layer(), in, out);
        } catch (IllegalArgumentException e) {
            throw tensors.failure(first.get(0), "and its fellow factors: " + e.getMessage());
        }
        require(first, shape.first(), kronecker, tensors);
        return new Size(in, out);
    }

    /** The widths of a factor as its tensors have them. */
    private static long[] widths(List<String> names, int rank, KroneckerConfig config, LayerTensors tensors)
            throws IOException {
        if (rank == 0) {
            long[] whole = tensors.shape(names.get(0), config.terms(), -1, -1);
            return new long[] {whole[1], whole[2]};
        }
        return new long[] {
            tensors.shape(names.get(0), config.terms(), rank, -1)[2],
            tensors.shape(names.get(1), config.terms(), rank, -1)[2]
        };
    }

    /** That the splits are those of the settings; the second factor follows from the first. */
    private static void require(
            List<String> names, KroneckerShape.Factor factor, KroneckerConfig config, LayerTensors tensors)
            throws IOException {
        if (factor.isWhole()) {
            tensors.shape(names.get(0), config.terms(), factor.in(), factor.out());
        } else {
            tensors.shape(names.get(0), config.terms(), factor.rank(), factor.in());
            tensors.shape(names.get(1), config.terms(), factor.rank(), factor.out());
        }
    }
}
