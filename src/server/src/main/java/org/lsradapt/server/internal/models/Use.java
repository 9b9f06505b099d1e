package org.lsradapt.server.internal.models;

import java.util.List;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.HeadedModel;
import org.lsradapt.tasks.answers.AnswerExtractor;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.tasks.reranking.Reranker;

/**
 * A way to use models, which a door offers.
 *
 * @param does what they do, for messages
 */
public record Use<M extends FineTunedModel>(Class<M> type, String does, String door) {
    public static final Use<TextEmbedder> EMBED = new Use<>(TextEmbedder.class, "makes embeddings", "/v1/embeddings");

    public static final Use<Reranker> RERANK = new Use<>(Reranker.class, "scores passages", "/v1/rerank");

    public static final Use<AnswerExtractor> ANSWER =
            new Use<>(AnswerExtractor.class, "finds answers in passages", "/answer");

    public static final Use<TextGenerator> GENERATE =
            new Use<>(TextGenerator.class, "continues texts", "/v1/chat/completions");

    /** All other answers: classes, labels, numbers and spans. */
    public static final Use<HeadedModel> CLASSIFY = new Use<>(HeadedModel.class, "classifies texts", "/classify");

    /** From the narrowest to the widest type. */
    private static final List<Use<?>> ALL = List.of(EMBED, RERANK, ANSWER, GENERATE, CLASSIFY);

    public static Use<?> of(FineTunedModel model) {
        return ALL.stream()
                .filter(use -> use.type.isInstance(model))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "no door serves a " + model.getClass().getSimpleName() + ", expected a model of texts"));
    }
}
