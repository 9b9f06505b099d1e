package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.heads.RankingLoss;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;

/** The scoring of pairs of a query and a passage. */
public record RerankingDescription(String name) implements TaskDescription {
    static RerankingDescription read(JsonFields fields) throws IOException {
        Descriptions.requireNoLabels(fields, "reranking");
        Descriptions.requirePairs(fields, "reranking");
        return new RerankingDescription(fields.text("name"));
    }

    static Optional<RerankingDescription> of(HubHead head) {
        return head.givesNumber() && head.crossEncoder() && !head.problem().equals(HubHead.NUMBER)
                ? Optional.of(new RerankingDescription("rerank"))
                : Optional.empty();
    }

    @Override
    public String kind() {
        return "reranking";
    }

    @Override
    public boolean pairs() {
        return true;
    }

    @Override
    public int outputs() {
        return 1;
    }

    @Override
    public boolean averages() {
        return true;
    }

    @Override
    public Map<String, Object> fields() {
        return Descriptions.fields(this, "labels", labels(), "pairs", true);
    }

    /** Sentence-transformers applies the activation to the output of a cross-encoder. */
    @Override
    public Map<String, Object> hubFields() {
        Map<String, Object> fields = HubHead.names(labels());
        fields.put("sentence_transformers", Map.of("activation_fn", "torch.nn.modules.linear.Identity"));
        return fields;
    }

    @Override
    public HubTask onHub(boolean ofImages) {
        return HubTask.of(
                        "text-ranking",
                        "AutoModelForSequenceClassification",
                        "scores how well a passage answers a query",
                        "rerank")
                .loadedWith(", num_labels=1")
                .in(new HubTask.Sentences(
                        "CrossEncoder",
                        List.of("cross-encoder", "reranker"),
                        "scores = model.predict([(\"a query\", \"a passage\")])"));
    }

    @Override
    public Objective objective(SequenceHead head, Backend backend) {
        return SequenceObjective.ranking(head, RankingLoss.binary(), backend);
    }
}
