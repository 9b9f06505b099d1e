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

/**
 * A model of two layers and a few tokens or patches.
 *
 * @param name its family; of several models of one family, and of towers, with what tells them apart
 * @param model what it is made of
 */
public record SmallModel(String name, Transformer model) {
    private static final String LIST = "small-models.json";

    /** One or more of each family that can be trained. */
    public static List<SmallModel> all() {
        List<SmallModel> models = new ArrayList<>();
        Map<String, Integer> counts = new LinkedHashMap<>();
        try (InputStream in = SmallModel.class.getResourceAsStream(LIST)) {
            JsonFields list = new JsonFields(LIST, JsonFile.object(LIST, in.readAllBytes()));
            for (JsonFields fields : list.objects("models")) {
                String family = fields.text("model_type");
                int number = counts.merge(family, 1, Integer::sum);
                String name = number == 1 ? family : family + " " + number;
                Optional<DualFamily> dual = Families.findDual(family);
                if (dual.isEmpty()) {
                    models.add(new SmallModel(name, Families.of(fields).describe(fields)));
                } else {
                    models.add(new SmallModel(
                            name + " texts", dual.get().texts(fields).model()));
                    models.add(new SmallModel(
                            name + " images", dual.get().images(fields).model()));
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
