package org.lsradapt.springai;

import java.util.Optional;
import org.lsradapt.models.BaseModel;
import org.lsradapt.springai.LsrAdaptProperties.Embedding;
import org.lsradapt.springai.LsrAdaptProperties.Store;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The base model that the embedder and the store share: the one that a property names for embeddings, that of their adapters,
 * the one that a property names for the store, or that of the store.
 */
@Configuration(proxyBeanMethods = false)
class SharedBase {
    @Bean(destroyMethod = "")
    @ConditionalOnMissingBean
    BaseModel lsrAdaptBaseModel(
            LsrAdaptProperties properties, BaseModels models, ObjectProvider<ConfiguredStore> store) {
        ConfiguredAdapters adapters = ConfiguredAdapters.of(properties.embedding());
        return models.load(Property.of(Embedding.MODEL, properties.embedding().model())
                .map(BaseModels.Wanted::stored)
                .or(adapters::base)
                .or(() -> Optional.ofNullable(store.getIfAvailable())
                        .map(opened -> opened.base(
                                Property.of(Store.MODEL, properties.store().model()))))
                .orElseThrow(() -> adapters.property()
                        .orElseThrow()
                        .invalid("no adapter there names a base model; set " + Embedding.MODEL)));
    }
}
