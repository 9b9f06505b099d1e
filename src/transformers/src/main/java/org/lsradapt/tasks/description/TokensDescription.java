package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.TokenObjective;
import org.lsradapt.transformer.inputs.WordReading;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Transformer;

/**
 * The choice of a class for each word.
 *
 * @param words how words become tokens
 */
public record TokensDescription(String name, List<String> labels, WordReading words) implements TaskDescription {
    static final String PEFT = "TOKEN_CLS";

    /** The field of {@code config.json} that says how words are read; unknown to transformers. */
    static final String READING = "word_reading";

    /** Checks that there are at least two different labels. */
    public TokensDescription {
        labels = Descriptions.requireLabels(name, "tokens", labels);
    }

    /** Creates a description with words joined by single spaces. */
    public TokensDescription(String name, List<String> labels) {
        this(name, labels, WordReading.JOINED);
    }

    static TokensDescription read(JsonFields fields) throws IOException {
        TokensDescription task = new TokensDescription(
                fields.text("name"),
                fields.texts("labels"),
                fields.has("words") ? fields.meaning("words", WordReading::named) : WordReading.JOINED);
        Require.argument(!fields.flag("pairs"), "task %s: tokens with pairs, expected single texts", task.name());
        return task;
    }

    static Optional<TokensDescription> of(HubHead head) throws IOException {
        return head.architecture().endsWith(HubHead.TOKENS)
                ? Optional.of(new TokensDescription(
                        "tokens",
                        head.labels(),
                        head.config().meaning(READING, WordReading.JOINED.label(), WordReading::named)))
                : Optional.empty();
    }

    @Override
    public String kind() {
        return "tokens";
    }

    @Override
    public String summary() {
        return outputs() + " classes of words" + (words == WordReading.SEPARATE ? ", each tokenized by itself" : "");
    }

    @Override
    public boolean readsEachToken() {
        return true;
    }

    @Override
    public Head head(Family family, Transformer model) {
        return family.tokenHead(model);
    }

    @Override
    public List<String> headParameters(Family family) {
        return family.tokenHeadParameters();
    }

    @Override
    public Map<String, Object> fields() {
        return words == WordReading.JOINED
                ? Descriptions.fields(this, "labels", labels, "pairs", false)
                : Descriptions.fields(this, "labels", labels, "pairs", false, "words", words.label());
    }

    @Override
    public Map<String, Object> hubFields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        if (words != WordReading.JOINED) {
            fields.put(READING, words.label());
        }
        fields.putAll(HubHead.names(labels));
        return fields;
    }

    @Override
    public String architecture(Family family) {
        return family.tokenClassifier().orElseThrow();
    }

    @Override
    public HubTask onHub(boolean ofImages) {
        return HubTask.of(
                        "token-classification",
                        "AutoModelForTokenClassification",
                        "chooses a class for each word",
                        "predict")
                .loadedWith(", num_labels=" + outputs());
    }

    @Override
    public Optional<String> peftType() {
        return Optional.of(PEFT);
    }

    @Override
    public Objective objective(SequenceHead head, Backend backend) {
        return new TokenObjective(head, backend);
    }
}
