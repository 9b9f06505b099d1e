package org.lsradapt.tasks.description;

import java.util.List;

/** Embeddings of texts. */
public record EmbeddingDescription(String name) implements TaskDescription {
    @Override
    public String kind() {
        return "embedding";
    }

    @Override
    public String summary() {
        return "embeddings";
    }

    @Override
    public boolean embeds() {
        return true;
    }

    @Override
    public boolean usesHiddenStates() {
        return true;
    }

    @Override
    public HubTask onHub(boolean ofImages) {
        return HubTask.of("feature-extraction", "AutoModel", "makes embeddings of texts", "embed")
                .in(new HubTask.Sentences(
                        "SentenceTransformer",
                        List.of("sentence-similarity"),
                        "vectors = model.encode([\"a text\", \"another\"])"));
    }
}
