package org.lsradapt.springai;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.models.MissingArtifactException;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;
import org.lsradapt.transformer.BasePrecision;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/**
 * Creates an {@link AdaptedEmbeddingModel} from the properties {@code lsradapt.embedding.model}, {@code .adapter},
 * {@code .store} and {@code .dimensions}, the {@link MultiAdapterEmbedder} behind it, and the {@link BaseModel} behind that.
 * The context closes them. Each backs off if the application defines such a bean itself.
 *
 * <p>Does nothing if none of the first three is set, or if {@code spring.ai.model.embedding} is set to anything other than
 * {@code lsradapt}.
 */
@AutoConfiguration
@Conditional(LsrAdaptAutoConfiguration.AnyPropertySet.class)
@ConditionalOnProperty(name = SpringAIModelProperties.EMBEDDING_MODEL, havingValue = "lsradapt", matchIfMissing = true)
@EnableConfigurationProperties(EmbeddingProperties.class)
public class LsrAdaptAutoConfiguration {
    LsrAdaptAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    BaseModel lsrAdaptBaseModel(EmbeddingProperties properties) {
        ConfiguredAdapters adapters = ConfiguredAdapters.of(properties);
        if (properties.model() != null) {
            return load(properties.model(), BasePrecision.STORED, EmbeddingProperties.MODEL, properties.model());
        }
        AdapterCard card = adapters.card()
                .orElseThrow(() -> EmbeddingProperties.invalid(
                        adapters.property(),
                        adapters.value(),
                        "no adapter there names a base model; set " + EmbeddingProperties.MODEL));
        return load(card.baseModel(), card.basePrecision(), adapters.property(), adapters.value());
    }

    private static BaseModel load(String model, BasePrecision precision, String property, String value) {
        try {
            return BaseModel.load(model, precision);
        } catch (IOException | IllegalArgumentException | MissingArtifactException e) {
            throw EmbeddingProperties.invalid(property, value, e);
        }
    }

    @Bean
    @ConditionalOnMissingBean
    MultiAdapterEmbedder lsrAdaptEmbedder(BaseModel base, EmbeddingProperties properties) throws IOException {
        if (properties.model() != null && !properties.model().equals(base.name())) {
            throw EmbeddingProperties.invalid(
                    EmbeddingProperties.MODEL,
                    properties.model(),
                    "the application has a BaseModel bean of its own, " + base.name()
                            + ", which takes the place of this one; leave the property out");
        }
        ConfiguredAdapters adapters = ConfiguredAdapters.of(properties);
        Optional<EmbeddingSettings> settings = adapters.card().flatMap(AdapterCard::embedding);
        MultiAdapterEmbedder embedder =
                settings.isPresent() ? MultiAdapterEmbedder.of(base, settings.get()) : MultiAdapterEmbedder.of(base);
        try {
            adapters.addTo(embedder);
        } catch (RuntimeException e) {
            embedder.close();
            throw e;
        }
        return embedder;
    }

    @Bean
    @ConditionalOnMissingBean(EmbeddingModel.class)
    AdaptedEmbeddingModel lsrAdaptEmbeddingModel(MultiAdapterEmbedder embedder, EmbeddingProperties properties) {
        String adapter = ConfiguredAdapters.of(properties).chosen().orElse(MultiAdapterModel.BASE);
        AdaptedEmbeddingModel whole = AdaptedEmbeddingModel.of(embedder).withAdapter(adapter);
        Integer dimensions = properties.dimensions();
        if (dimensions == null) {
            return whole;
        }
        try {
            return whole.truncated(dimensions);
        } catch (IllegalArgumentException e) {
            throw EmbeddingProperties.invalid(EmbeddingProperties.DIMENSIONS, dimensions.toString(), e);
        }
    }

    /** Matches if a property names a model, an adapter or a store to embed with. */
    static final class AnyPropertySet extends SpringBootCondition {
        @Override
        public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
            List<String> set =
                    List.of(EmbeddingProperties.MODEL, EmbeddingProperties.ADAPTER, EmbeddingProperties.STORE).stream()
                            .filter(name ->
                                    StringUtils.hasText(context.getEnvironment().getProperty(name)))
                            .toList();
            ConditionMessage.Builder message = ConditionMessage.forCondition("LSR-Adapt's embedding model");
            return set.isEmpty()
                    ? ConditionOutcome.noMatch(message.because(
                            "none of " + EmbeddingProperties.MODEL + ", .adapter and" + " .store is set"))
                    : ConditionOutcome.match(message.foundExactly(String.join(", ", set)));
        }
    }
}
