package org.lsradapt.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.langchain4j.rag.AugmentationRequest;
import dev.langchain4j.rag.DefaultRetrievalAugmentor;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.aggregator.ReRankingContentAggregator;
import dev.langchain4j.rag.query.Metadata;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.models.BaseModel;
import org.lsradapt.retrieval.JudgedQuery;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.reranking.MultiAdapterReranker;
import org.lsradapt.tasks.reranking.RankedPassage;
import org.lsradapt.tasks.reranking.Reranker;
import org.lsradapt.training.settings.TrainingConfig;

class AdaptedScoringModelTest {
    private static final String TINY = "src/transformers/src/test/resources/golden/families/bert";
    private static final List<String> PASSAGES = List.of("the sun is cold", "a smile", "rain and sun", "is warm");

    @TempDir
    private Path work;

    /** Trains a reranker whose best passage for a query is the one of that index, and saves it. */
    private Path reranker(BaseModel base, String name, int best) throws IOException {
        List<JudgedQuery> queries = List.of(judged("the film", best), judged("smile", best));
        Path folder = work.resolve(name);
        TrainingConfig config = TrainingConfig.builder()
                .epochs(40)
                .batchSize(8)
                .learningRate(5e-3)
                .headLearningRate(2e-2)
                .build();
        try (Reranker reranker = Reranker.on(base).config(config).train(queries, queries)) {
            reranker.save(folder);
            assertEquals(best, reranker.rank("smile", PASSAGES, 1).get(0).index());
        }
        return folder;
    }

    private static JudgedQuery judged(String query, int best) {
        List<Double> grades = Arrays.asList(0.0, 0.0, 0.0, 0.0);
        grades.set(best, 1.0);
        return new JudgedQuery(query, PASSAGES, grades, List.of());
    }

    private static List<TextSegment> segments() {
        return PASSAGES.stream().map(TextSegment::from).toList();
    }

    @Test
    void adapterPerTenant_isWhatLangChain4jRanksBy() throws IOException {
        try (BaseModel base = BaseModel.load(TINY);
                MultiAdapterReranker tenants = MultiAdapterReranker.of(base)) {
            Path acme = reranker(base, "acme", 3);
            Path other = reranker(base, "other", 1);
            tenants.add("acme", acme);
            tenants.add("other", other);
            AdaptedScoringModel model = AdaptedScoringModel.of(tenants);
            assertEquals("is warm", best(model.withAdapter("acme")));
            assertEquals("a smile", best(model.withAdapter("other")));
            try (Reranker alone = Reranker.load(acme)) {
                assertEquals(
                        AdaptedScoringModel.of(alone)
                                .scoreAll(segments(), "smile")
                                .content(),
                        model.withAdapter("acme").scoreAll(segments(), "smile").content());
                List<RankedPassage> ranked = tenants.rank("acme", "smile", PASSAGES, 4);
                assertEquals(alone.rank("smile", PASSAGES, 4), ranked);
                assertThrows(
                        IllegalStateException.class,
                        () -> AdaptedScoringModel.of(alone).withAdapter("acme"));
            }
            ScoringModel tenant = model.withAdapter("acme");
            List<Double> before = tenant.scoreAll(segments(), "smile").content();
            tenants.replace("acme", other);
            assertNotEquals(before, tenant.scoreAll(segments(), "smile").content());
            assertEquals("a smile", best(tenant));
            assertTrue(assertThrows(IllegalArgumentException.class, () -> model.scoreAll(segments(), "smile"))
                    .getMessage()
                    .contains("no trained head of one output"));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> model.withAdapter("nobody").scoreAll(segments(), "smile"));
            assertEquals(List.of("acme", "other"), tenants.model().names());
            assertNotEquals(MultiAdapterModel.BASE, tenants.model().names().get(0));
        }
    }

    /** The first content of an augmentation in LangChain4j, of all passages in their order. */
    private static String best(ScoringModel model) {
        ReRankingContentAggregator aggregator = ReRankingContentAggregator.builder()
                .scoringModel(model)
                .maxResults(2)
                .build();
        DefaultRetrievalAugmentor augmentor = DefaultRetrievalAugmentor.builder()
                .contentRetriever(
                        query -> segments().stream().map(Content::from).toList())
                .contentAggregator(aggregator)
                .build();
        UserMessage asked = UserMessage.from("smile");
        List<Content> contents = augmentor
                .augment(new AugmentationRequest(asked, Metadata.from(asked, "memory", List.of())))
                .contents();
        assertEquals(2, contents.size());
        return contents.get(0).textSegment().text();
    }

    @Test
    void add_whatIsNoReranker_isRefused() throws IOException {
        try (BaseModel base = BaseModel.load(TINY);
                MultiAdapterReranker shorter = MultiAdapterReranker.of(base, 9)) {
            Path folder = reranker(base, "long", 2);
            assertTrue(assertThrows(IllegalArgumentException.class, () -> shorter.add("long", folder))
                    .getMessage()
                    .contains("expected 9"));
            assertThrows(IllegalArgumentException.class, () -> MultiAdapterReranker.of(base, 0));
        }
    }
}
