package org.lsradapt.cuda.internal.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.families.DualFamily;
import org.lsradapt.families.Families;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * A model of two layers and a few tokens or patches.
 *
 * @param name the family's name; for towers and for several models of one family, with a distinguishing suffix
 */
public record SmallModel(String name, Transformer model, BasePrecision precision) {
    private static final String LIST = "small-models.json";

    /** The models: one or more of each trainable family. */
    public static List<SmallModel> all() {
        List<SmallModel> models = new ArrayList<>();
        Map<String, Integer> counts = new LinkedHashMap<>();
        try (InputStream in = SmallModel.class.getResourceAsStream(LIST)) {
            JsonFields list = new JsonFields(LIST, JsonFile.object(LIST, in.readAllBytes()));
            for (JsonFields fields : list.objects("models")) {
                String family = fields.text("model_type");
                BasePrecision precision = BasePrecision.named(fields.text("stored", BasePrecision.F32.label()));
                int number = counts.merge(family, 1, Integer::sum);
                String name = number == 1 ? family : family + " " + number;
                if (precision != BasePrecision.F32) {
                    name += " " + precision.label();
                }
                Optional<DualFamily> dual = Families.findDual(family);
                if (dual.isEmpty()) {
                    models.add(new SmallModel(name, Families.of(fields).describe(fields), precision));
                } else {
                    models.add(new SmallModel(
                            name + " texts", dual.get().texts(fields).model(), precision));
                    models.add(new SmallModel(
                            name + " images", dual.get().images(fields).model(), precision));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return models;
    }

    @Override
    public String toString() {
        return name;
    }
}
