package org.lsradapt.server.internal.models;

import java.util.function.Supplier;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.HeadSource;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.models.BaseModel;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.description.TextDescription;
import org.lsradapt.tasks.generation.TextGenerator;

/**
 * One model to use.
 *
 * @param model makes a model for a request, or returns a generator, which is kept
 */
record Offer(String kind, Supplier<FineTunedModel> model) {

    static Offer served(BaseModel base, AdapterCard card, MultiAdapterModel in, String name) {
        return new Offer(card.task().kind(), () -> SavedModel.served(base, card, new HeadSource.Served(in, name)));
    }

    static Offer of(TextGenerator generator) {
        return new Offer(new TextDescription("text").kind(), () -> generator);
    }

    Use<?> use() {
        return Use.of(model.get());
    }
}
