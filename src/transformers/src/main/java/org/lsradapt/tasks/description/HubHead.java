package org.lsradapt.tasks.description;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Transformer;

/**
 * The head of a whole model, as its Hugging Face {@code config.json} describes it.
 *
 * @param architecture the model's class in transformers; empty if unknown
 * @param problem the {@code problem_type}; empty if there is none
 * @param labels the names of the classes in the order of the outputs; empty for one output
 * @param outputs the number of outputs
 * @param crossEncoder whether the files mark a cross-encoder of sentence-transformers
 */
public record HubHead(
        String architecture,
        String problem,
        List<String> labels,
        int outputs,
        boolean crossEncoder,
        JsonFields config) {
    /** The {@code problem_type} of a classifier with any number of labels per text. */
    static final String SEVERAL = "multi_label_classification";

    static final String NUMBER = "regression";

    static final String TOKENS = "ForTokenClassification";
    static final String SPANS = "ForQuestionAnswering";
    private static final String TEXTS = "ForSequenceClassification";
    private static final String IMAGES = "ForImageClassification";

    /** Returns how the head of a class in transformers reads hidden states. */
    public static Head part(String architecture, Family family, Transformer model) {
        return architecture.endsWith(TOKENS)
                ? family.tokenHead(model)
                : architecture.endsWith(SPANS) ? family.answerHead(model) : model.head();
    }

    /** Whether the outputs are those of a text or an image, not of its parts. */
    public boolean readsWhole() {
        return architecture.isEmpty() || architecture.contains(TEXTS) || architecture.contains(IMAGES);
    }

    /** Whether the output is one number of a text or a pair of texts, as in a regression or a cross-encoder. */
    public boolean givesNumber() {
        return outputs == 1 && (architecture.isEmpty() || architecture.contains(TEXTS)) && !problem.equals(SEVERAL);
    }

    /** The fields of {@code config.json} that name the outputs of a head; one output has the name that transformers gives it. */
    static Map<String, Object> names(List<String> labels) {
        List<String> all = labels.isEmpty() ? List.of("LABEL_0") : labels;
        Map<String, String> names = new LinkedHashMap<>();
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i++) {
            names.put(Integer.toString(i), all.get(i));
            ids.put(all.get(i), i);
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("num_labels", all.size());
        fields.put("id2label", names);
        fields.put("label2id", ids);
        return fields;
    }

    static Map<String, Object> names(String problem, List<String> labels) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("problem_type", problem);
        fields.putAll(names(labels));
        return fields;
    }
}
