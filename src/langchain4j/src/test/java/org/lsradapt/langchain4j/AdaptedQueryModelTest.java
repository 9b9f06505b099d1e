package org.lsradapt.langchain4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.langchain4j.rag.content.retriever.EmbeddingStoreContentRetriever;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.TextPair;
import org.lsradapt.tasks.queries.PassageQuestions;
import org.lsradapt.tasks.queries.QueryAdapter;
import org.lsradapt.tasks.queries.QuestionPrompt;

class AdaptedQueryModelTest {
    private static final int WIDTH = 16;

    /** Passages "p7" at random; the question "q7" is the passage in another basis, with noise. */
    private static final class Remote implements EmbeddingModel {
        private final boolean knowsTypes;

        Remote(boolean knowsTypes) {
            this.knowsTypes = knowsTypes;
        }

        @Override
        public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
            return Response.from(
                    segments.stream()
                            .map(segment -> Embedding.from(vector(segment.text())))
                            .toList(),
                    new TokenUsage(segments.size()));
        }

        @Override
        public Set<EmbeddingParameter<?>> supportedParameters() {
            return knowsTypes ? Set.of(EmbeddingRequestParameters.INPUT_TYPE) : Set.of();
        }

        @Override
        public String modelName() {
            return "remote";
        }

        private static float[] vector(String text) {
            Random random = new Random(Long.parseLong(text.substring(1)));
            float[] passage = new float[WIDTH];
            for (int i = 0; i < WIDTH; i++) {
                passage[i] = (float) random.nextGaussian();
            }
            float[] vector = passage.clone();
            for (int i = 0; i < WIDTH && text.startsWith("q"); i++) {
                vector[i] = (float)
                        (passage[i] + (i < WIDTH / 2 ? 2 * passage[i + WIDTH / 2] : 0) + 0.4 * random.nextGaussian());
            }
            return vector;
        }
    }

    private static QueryAdapter trained() {
        return AdaptedQueryModel.training(new Remote(false))
                .learningRate(0.01)
                .epochs(6)
                .heldOut(0.3)
                .train(IntStream.range(0, 200)
                        .mapToObj(i -> TextPair.of("q" + i, "p" + i))
                        .toList());
    }

    @Test
    void retriever_adaptedQueries_searchesTheUnchangedStore() {
        QueryAdapter adapter = trained();
        assertEquals("remote", adapter.embedder());
        assertTrue(adapter.after() > adapter.before(), adapter.summary());
        Remote remote = new Remote(false);
        InMemoryEmbeddingStore<TextSegment> store = new InMemoryEmbeddingStore<>();
        IntStream.range(0, 200)
                .mapToObj(i -> TextSegment.from("p" + i))
                .forEach(passage -> store.add(remote.embed(passage).content(), passage));
        assertTrue(found(AdaptedQueryModel.of(remote, adapter), store) > found(remote, store));
    }

    private static long found(EmbeddingModel model, InMemoryEmbeddingStore<TextSegment> store) {
        EmbeddingStoreContentRetriever retriever = EmbeddingStoreContentRetriever.builder()
                .embeddingModel(model)
                .embeddingStore(store)
                .maxResults(1)
                .build();
        return IntStream.range(0, 200)
                .filter(i -> retriever
                        .retrieve(Query.from("q" + i))
                        .get(0)
                        .textSegment()
                        .text()
                        .equals("p" + i))
                .count();
    }

    @Test
    void embed_queries_areAdaptedAndDocumentsStay() {
        QueryAdapter adapter = trained();
        EmbeddingModel model = AdaptedQueryModel.of(new Remote(true), adapter);
        float[] adapted = adapter.apply(Remote.vector("q3"));
        assertArrayEquals(adapted, model.embed("q3").content().vector(), 0);
        Response<List<Embedding>> all = model.embedAll(List.of(TextSegment.from("q3")));
        assertArrayEquals(adapted, all.content().get(0).vector(), 0);
        assertEquals(1, all.tokenUsage().inputTokenCount());
        assertArrayEquals(adapted, typed(model, EmbeddingInputType.QUERY), 0);
        assertArrayEquals(Remote.vector("q3"), typed(model, EmbeddingInputType.DOCUMENT), 0);
        assertEquals("remote/adapted-queries", model.modelName());
        assertEquals(WIDTH, model.dimension());
        EmbeddingModel untyped = AdaptedQueryModel.of(new Remote(false), adapter);
        assertThrows(UnsupportedFeatureException.class, () -> typed(untyped, EmbeddingInputType.QUERY));
    }

    @Test
    void chatModel_writesQuestionsOfPassages() {
        ChatModel chat = new ChatModel() {
            @Override
            public ChatResponse doChat(ChatRequest request) {
                String asked = ((UserMessage) request.messages().get(0)).singleText();
                String passage = asked.substring(asked.lastIndexOf("p"));
                return ChatResponse.builder()
                        .aiMessage(AiMessage.from("1. " + passage + " is what?"))
                        .build();
            }
        };
        assertEquals(
                List.of("p7 is what?"),
                PassageQuestions.by(QuestionPrompt.usual(2).asking(chat::chat)).write("p7"));
    }

    private static float[] typed(EmbeddingModel model, EmbeddingInputType type) {
        return model.embed(
                        EmbeddingRequest.builder().input("q3").inputType(type).build())
                .embeddings()
                .get(0)
                .vector();
    }
}
