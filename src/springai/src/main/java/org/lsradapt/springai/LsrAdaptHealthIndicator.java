package org.lsradapt.springai;

import java.util.List;
import java.util.Map;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Says which models, adapters and store are in use; down if the store cannot be read. */
final class LsrAdaptHealthIndicator extends AbstractHealthIndicator {
    private final ObjectProvider<MultiAdapterEmbedder> embedder;
    private final ObjectProvider<AdaptedChatModel> chat;
    private final ObjectProvider<TextClassifier> classifier;
    private final ObjectProvider<ConfiguredStore> store;

    LsrAdaptHealthIndicator(
            ObjectProvider<MultiAdapterEmbedder> embedder,
            ObjectProvider<AdaptedChatModel> chat,
            ObjectProvider<TextClassifier> classifier,
            ObjectProvider<ConfiguredStore> store) {
        super("adapted models: the health check failed");
        this.embedder = embedder;
        this.chat = chat;
        this.classifier = classifier;
        this.store = store;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) throws Exception {
        embedder.ifUnique(used -> health.withDetail(
                "embedding",
                Map.of("model", used.base().name(), "adapters", used.model().names())));
        chat.ifUnique(used -> health.withDetail("chat", Map.of("model", used.modelName())));
        classifier.ifUnique(used -> health.withDetail(
                "classifier", Map.of("model", used.base().name(), "classes", List.copyOf(used.labels()))));
        ConfiguredStore opened = store.getIfUnique();
        if (opened != null) {
            health.withDetail("store", opened.health());
        }
        health.up();
    }
}
