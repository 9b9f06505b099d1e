package org.lsradapt.tasks.classification;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.Prediction;

/**
 * A number.
 *
 * @param example the text or pair of texts
 */
public record ValuePrediction(Example example, double value) implements Prediction {
    @Override
    public Map<String, Object> fields(boolean all) {
        Map<String, Object> fields = Prediction.texts(example);
        fields.put("value", value);
        return fields;
    }

    @Override
    public Optional<List<String>> cells(boolean all) {
        return Optional.of(List.of(String.format(Locale.ROOT, "%.4f", value)));
    }
}
