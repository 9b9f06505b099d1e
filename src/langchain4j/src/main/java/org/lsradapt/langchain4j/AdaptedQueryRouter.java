package org.lsradapt.langchain4j;

import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.rag.query.router.QueryRouter;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Chooses the retrievers of a query by an adapted classifier.
 *
 * <pre>{@code
 * QueryRouter router = AdaptedQueryRouter.builder(classifier.atLeast(0.5))
 *         .route(Topic.BILLING, invoices, contracts)
 *         .route(Topic.TRAVEL, timetables)
 *         .fallback(everything)
 *         .build();
 * }</pre>
 *
 * <p>A query goes to the retrievers of all labels that {@link AdaptedTextClassifier#classify} gives it, each once. If none of
 * them has a route, it goes to the fallback, or nothing is retrieved.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class AdaptedQueryRouter implements QueryRouter {
    private final AdaptedTextClassifier<?> classifier;
    private final Map<Object, Set<ContentRetriever>> routes;
    private final List<ContentRetriever> fallback;

    private AdaptedQueryRouter(Builder<?> builder) {
        classifier = builder.classifier;
        routes = Map.copyOf(builder.routes);
        fallback = builder.fallback;
    }

    /** Begins the setup of a router by a classifier, kept. */
    public static <L> Builder<L> builder(AdaptedTextClassifier<L> classifier) {
        return new Builder<>(classifier);
    }

    @Override
    public Collection<ContentRetriever> route(Query query) {
        Set<ContentRetriever> found = classifier.classify(query.text()).stream()
                .flatMap(label -> routes.getOrDefault(label, Set.of()).stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        return found.isEmpty() ? fallback : found;
    }

    /**
     * Sets up a router. For one thread at a time.
     *
     * @param <L> the type of the labels
     */
    public static final class Builder<L> {
        private final AdaptedTextClassifier<L> classifier;
        private final Map<Object, Set<ContentRetriever>> routes = new HashMap<>();
        private List<ContentRetriever> fallback = List.of();

        private Builder(AdaptedTextClassifier<L> classifier) {
            this.classifier = classifier;
        }

        /** Sets the retrievers of one of the classifier's labels. */
        public Builder<L> route(L label, ContentRetriever... retrievers) {
            Set<ContentRetriever> ordered = Stream.of(retrievers).collect(Collectors.toCollection(LinkedHashSet::new));
            routes.put(classifier.requireLabel(label, "router"), ordered);
            return this;
        }

        /** Sets the retrievers of queries whose labels have no route; none by default. */
        public Builder<L> fallback(ContentRetriever... retrievers) {
            fallback = List.of(retrievers);
            return this;
        }

        /** Makes the router. */
        public AdaptedQueryRouter build() {
            return new AdaptedQueryRouter(this);
        }
    }
}
