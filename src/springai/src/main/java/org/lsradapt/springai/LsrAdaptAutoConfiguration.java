package org.lsradapt.springai;

import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.springai.LsrAdaptProperties.Chat;
import org.lsradapt.springai.LsrAdaptProperties.Classifier;
import org.lsradapt.springai.LsrAdaptProperties.Embedding;
import org.lsradapt.springai.LsrAdaptProperties.Store;
import org.lsradapt.store.AdapterStore;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.tasks.queries.QueryAdapter;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.observation.DefaultEmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationConvention;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/**
 * Creates from the properties {@code lsradapt.…}: with {@code embedding.…} an {@link AdaptedEmbeddingModel} and the
 * {@link MultiAdapterEmbedder} behind it; with {@code chat.…} an {@link AdaptedChatModel} and the {@link TextGenerator}
 * behind it; with {@code classifier.…} a {@link TextClassifier}; with {@code store.…} an {@link AdapterStore} and a
 * {@link MultiAdapterModel} that serves its adapters by key. The {@link BaseModel} is that of the embedder and the store. The
 * context closes all of them. Each backs off if the application defines such a bean itself. With Spring Boot's health module
 * there is a health indicator.
 *
 * <p>Does nothing if none of these properties is set. {@code spring.ai.model.embedding} and {@code spring.ai.model.chat}, set
 * to anything other than {@code lsradapt}, disable the embedding model and the chat model.
 */
@AutoConfiguration
@EnableConfigurationProperties(LsrAdaptProperties.class)
public class LsrAdaptAutoConfiguration {
    private static final String NAME = "lsradapt";

    LsrAdaptAutoConfiguration() {}

    @Bean
    BaseModels lsrAdaptBaseModels() {
        return new BaseModels();
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnSetting({Embedding.MODEL, Embedding.ADAPTER, Embedding.STORE})
    @ConditionalOnProperty(name = SpringAIModelProperties.EMBEDDING_MODEL, havingValue = NAME, matchIfMissing = true)
    @Import(SharedBase.class)
    static class Embeddings {
        @Bean
        @ConditionalOnMissingBean
        MultiAdapterEmbedder lsrAdaptEmbedder(
                BaseModel base, LsrAdaptProperties properties, ObjectProvider<ConfiguredStore> store)
                throws IOException {
            Property.of(Embedding.MODEL, properties.embedding().model())
                    .filter(model -> !model.value().equals(base.name()))
                    .ifPresent(model -> {
                        throw model.invalid("the application has a BaseModel bean of its own, " + base.name()
                                + ", which takes the place of this one; leave the property out");
                    });
            ConfiguredAdapters adapters = ConfiguredAdapters.of(properties.embedding());
            MultiAdapterEmbedder embedder = embedder(base, adapters, Optional.ofNullable(store.getIfAvailable()));
            try {
                adapters.addTo(embedder);
            } catch (RuntimeException e) {
                embedder.close();
                throw e;
            }
            return embedder;
        }

        private static MultiAdapterEmbedder embedder(
                BaseModel base, ConfiguredAdapters adapters, Optional<ConfiguredStore> store) throws IOException {
            Optional<EmbeddingSettings> saved = adapters.card()
                    .or(() -> store.flatMap(ConfiguredStore::card))
                    .flatMap(AdapterCard::embedding);
            EmbeddingSettings settings = saved.isPresent() ? saved.get() : usual(base);
            return store.isEmpty()
                    ? MultiAdapterEmbedder.of(base, settings)
                    : MultiAdapterEmbedder.of(base, settings, store.get().on(base));
        }

        private static EmbeddingSettings usual(BaseModel base) throws IOException {
            try (MultiAdapterEmbedder plain = MultiAdapterEmbedder.of(base)) {
                return plain.settings();
            }
        }

        @Bean
        @ConditionalOnMissingBean(EmbeddingModel.class)
        AdaptedEmbeddingModel lsrAdaptEmbeddingModel(
                MultiAdapterEmbedder embedder,
                LsrAdaptProperties properties,
                ObjectProvider<ObservationRegistry> registry,
                ObjectProvider<EmbeddingModelObservationConvention> convention) {
            String adapter =
                    ConfiguredAdapters.of(properties.embedding()).chosen().orElse(MultiAdapterModel.BASE);
            AdaptedEmbeddingModel whole = AdaptedEmbeddingModel.of(embedder)
                    .withAdapter(adapter)
                    .observed(
                            registry.getIfUnique(() -> ObservationRegistry.NOOP),
                            convention.getIfAvailable(DefaultEmbeddingModelObservationConvention::new));
            Integer dimensions = properties.embedding().dimensions();
            if (dimensions == null) {
                return whole;
            }
            try {
                return whole.truncated(dimensions);
            } catch (IllegalArgumentException e) {
                throw new Property(Embedding.DIMENSIONS, dimensions.toString()).invalid(e);
            }
        }
    }

    /** Adapts the queries of every embedding model, whichever starter makes it. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnSetting(Embedding.QUERY_ADAPTER)
    static class Queries {
        @Bean
        static BeanPostProcessor lsrAdaptQueries(Environment environment) {
            Property property = Property.of(Embedding.QUERY_ADAPTER, environment.getProperty(Embedding.QUERY_ADAPTER))
                    .orElseThrow();
            try {
                return new AdaptingQueries(QueryAdapter.load(property.folder()), property);
            } catch (IOException e) {
                throw property.invalid(e);
            }
        }
    }

    private record AdaptingQueries(QueryAdapter adapter, Property property) implements BeanPostProcessor {
        @Override
        public Object postProcessAfterInitialization(Object bean, String name) {
            if (bean instanceof AdaptedEmbeddingModel own) {
                try {
                    return own.withQueryAdapter(adapter);
                } catch (IllegalArgumentException e) {
                    throw property.invalid(e);
                }
            }
            return bean instanceof EmbeddingModel other && !(bean instanceof AdaptedQueryModel)
                    ? AdaptedQueryModel.of(other, adapter)
                    : bean;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnSetting({Chat.MODEL, Chat.ADAPTER})
    @ConditionalOnProperty(name = SpringAIModelProperties.CHAT_MODEL, havingValue = NAME, matchIfMissing = true)
    static class Chats {
        @Bean
        @ConditionalOnMissingBean
        TextGenerator lsrAdaptTextGenerator(LsrAdaptProperties properties, BaseModels models) {
            Optional<Property> model = Property.of(Chat.MODEL, properties.chat().model());
            Optional<Property> adapter =
                    Property.of(Chat.ADAPTER, properties.chat().adapter());
            TextGenerator generator = models.saved(model, adapter, TextGenerator.class);
            try {
                generator.base().chatTemplate();
                return generator;
            } catch (IllegalArgumentException e) {
                generator.close();
                throw model.or(() -> adapter).orElseThrow().invalid(e);
            }
        }

        @Bean
        @ConditionalOnMissingBean(ChatModel.class)
        AdaptedChatModel lsrAdaptChatModel(
                TextGenerator generator,
                LsrAdaptProperties properties,
                ObjectProvider<ObservationRegistry> registry,
                ObjectProvider<ChatModelObservationConvention> convention) {
            return AdaptedChatModel.builder(generator)
                    .options(properties.chat().options())
                    .observationRegistry(registry.getIfUnique(() -> ObservationRegistry.NOOP))
                    .observationConvention(convention.getIfAvailable(DefaultChatModelObservationConvention::new))
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnSetting({Classifier.MODEL, Classifier.ADAPTER})
    static class Classifiers {
        @Bean
        @ConditionalOnMissingBean
        TextClassifier lsrAdaptTextClassifier(LsrAdaptProperties properties, BaseModels models) {
            return models.saved(
                    Property.of(Classifier.MODEL, properties.classifier().model()),
                    Property.of(Classifier.ADAPTER, properties.classifier().adapter()),
                    TextClassifier.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(AdapterStore.class)
    @ConditionalOnSetting(Store.FILE)
    @Import(SharedBase.class)
    static class Stores {
        @Bean
        @ConditionalOnMissingBean
        AdapterStore lsrAdaptStore(LsrAdaptProperties properties) {
            return ConfiguredStore.open(properties.store().property());
        }

        @Bean
        ConfiguredStore lsrAdaptConfiguredStore(AdapterStore store, LsrAdaptProperties properties) {
            return new ConfiguredStore(
                    properties.store().property(),
                    store,
                    properties.store().memory().toBytes());
        }

        @Bean
        @ConditionalOnMissingBean
        MultiAdapterModel lsrAdaptMultiAdapterModel(BaseModel base, ConfiguredStore store) {
            return new MultiAdapterModel(base, Backends.standard(), store.on(base));
        }
    }

    /** Refuses the property of a store whose module is missing. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingClass("org.lsradapt.store.AdapterStore")
    @ConditionalOnSetting(Store.FILE)
    static class NoStores {
        NoStores(LsrAdaptProperties properties) {
            throw properties.store().property().invalid("it needs org.lsradapt:lsr-adapt-store on the class path");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(HealthIndicator.class)
    @ConditionalOnEnabledHealthIndicator(NAME)
    @ConditionalOnSetting({
        Embedding.MODEL,
        Embedding.ADAPTER,
        Embedding.STORE,
        Chat.MODEL,
        Chat.ADAPTER,
        Classifier.MODEL,
        Classifier.ADAPTER,
        Store.FILE
    })
    static class Health {
        @Bean
        @ConditionalOnMissingBean(name = "lsrAdaptHealthIndicator")
        HealthIndicator lsrAdaptHealthIndicator(
                ObjectProvider<MultiAdapterEmbedder> embedder,
                ObjectProvider<AdaptedChatModel> chat,
                ObjectProvider<TextClassifier> classifier,
                ObjectProvider<ConfiguredStore> store) {
            return new LsrAdaptHealthIndicator(embedder, chat, classifier, store);
        }
    }
}
