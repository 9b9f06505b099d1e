package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.AdapterKind;
import org.lsradapt.adapters.AdapterMethod;
import org.lsradapt.adapters.LayerTensors;
import org.lsradapt.adapters.MethodText;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.JsonForm;
import org.lsradapt.io.JsonForm.Field;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.shared.SharedConfig;
import org.lsradapt.lsr.shared.SharedShape;
import org.nd4j.linalg.api.ndarray.INDArray;

/** LSR whose factors all layers of one size share. A folder stores them once, with the first of the layers. */
public final class SharedKind extends AdapterKind<SharedConfig> {
    private static final int TENSORS = 3;

    private static final JsonForm<SharedConfig> FORM = new JsonForm<>();
    private static final Field<Integer> R = FORM.integer("r", SharedConfig::bottleneckRank);
    private static final Field<Integer> TERMS = FORM.integer("separation_rank", SharedConfig::separationRank);
    private static final Field<List<Integer>> IN = FORM.integers("in_factors", SharedConfig::inFactors);
    private static final Field<List<Integer>> OUT = FORM.integers("out_factors", SharedConfig::outFactors);
    private static final Field<List<Integer>> RANK = FORM.integers("rank_factors", SharedConfig::rankFactors);
    private static final Field<Double> SCALING = FORM.number("scaling", SharedConfig::scaling);
    private static final Field<Long> SEED = FORM.longInteger("seed", SharedConfig::seed);

    /** Makes the kind. */
    public SharedKind() {
        super("LSR_SHARED", SharedConfig.class, FORM);
    }

    @Override
    public List<AdapterMethod> methods() {
        return List.of(
                AdapterMethod.of("lsr-shared", SharedKind::lsr, "r", "scale", "in", "out", "rank"),
                AdapterMethod.of("krona-shared", SharedKind::krona, "scale", "in", "out"));
    }

    /** {@code lsr-shared:S}: terms of A and B. */
    private static SharedConfig lsr(MethodText text) {
        SharedConfig usual = SharedConfig.of(Math.max(1, text.integer("r", 4)), text.number(9));
        return read(text, usual, text.integers("rank", List.of()));
    }

    /** {@code krona-shared:S}: Kronecker terms of the whole ΔW. */
    private static SharedConfig krona(MethodText text) {
        return read(text, SharedConfig.ofWhole(text.number(2)), List.of());
    }

    private static SharedConfig read(MethodText text, SharedConfig usual, List<Integer> rank) {
        return new SharedConfig(
                usual.bottleneckRank(),
                usual.separationRank(),
                text.integers("in", List.of()),
                text.integers("out", List.of()),
                rank,
                text.real("scale", usual.scaling()),
                usual.seed());
    }

    @Override
    public SharedConfig read(JsonFields section) throws IOException {
        return new SharedConfig(
                R.of(section),
                TERMS.of(section),
                IN.of(section),
                OUT.of(section),
                RANK.of(section),
                SCALING.of(section),
                SEED.of(section));
    }

    @Override
    public List<String> tensors(String layer, SharedConfig config) {
        return config.names(layer);
    }

    @Override
    public Optional<Sharing> sharing(String layer, SharedConfig config) {
        return Optional.of(new Sharing("size", config.factorNames(layer), true, true));
    }

    /** The factors' sizes multiply up to the widths, which determine all shapes. */
    @Override
    public Size size(SharedConfig config, LayerTensors tensors) throws IOException {
        List<String> names = config.names(tensors.layer());
        int s = config.separationRank();
        int last = names.size() - TENSORS;
        long in = width(names.subList(0, TENSORS - 1), 1, s, tensors);
        long out = width(names.subList(last, last + TENSORS - 1), 2, s, tensors);
        SharedShape shape;
        try {
            shape = config.shape((int) in, (int) out);
        } catch (IllegalArgumentException e) {
            throw tensors.failure(names.get(0), "and its fellow factors: " + e.getMessage());
        }
        for (int i = 0; i < names.size(); i++) {
            SharedShape.Sum sum = shape.sums().get(i / TENSORS);
            int factor = i % TENSORS;
            if (factor < TENSORS - 1) {
                tensors.shape(
                        names.get(i), s, sum.rows().get(factor), sum.cols().get(factor));
            } else {
                tensors.shape(names.get(i), s);
            }
        }
        return new Size(in, out);
    }

    private static long width(List<String> factors, int axis, int s, LayerTensors tensors) throws IOException {
        long width = 1;
        for (String name : factors) {
            width *= tensors.shape(name, s, -1, -1)[axis];
            if (width > Integer.MAX_VALUE) {
                throw tensors.failure(
                        name, "and its fellow factor multiply up to a width of " + width + ", expected an int");
            }
        }
        return width;
    }

    @Override
    public Optional<String> flaw(String layer, SharedConfig config, Map<String, INDArray> arrays) {
        List<String> names = config.names(layer);
        for (int i = 0; i < names.size(); i += TENSORS) {
            List<INDArray> parts = new ArrayList<>();
            names.subList(i, i + TENSORS).forEach(name -> parts.add(arrays.get(name)));
            String side = names.size() == TENSORS ? "the update" : i == 0 ? "A" : "B";
            KroneckerSum sum = KroneckerSum.of(parts.subList(0, TENSORS - 1), parts.get(TENSORS - 1));
            Optional<String> flaw = SavedLayer.overflow(side, sum);
            if (flaw.isPresent()) {
                return flaw;
            }
        }
        return Optional.empty();
    }
}
