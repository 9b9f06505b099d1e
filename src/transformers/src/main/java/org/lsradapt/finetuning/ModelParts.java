package org.lsradapt.finetuning;

import java.util.Optional;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.TrainingResult;

/**
 * The parts of a model that was trained or loaded. The model takes ownership of them.
 *
 * @param adapters the adapters; empty for a head alone or a whole model
 * @param head the source of the outputs; empty for tasks without a head, unless they are served
 * @param pairs whether inputs are pairs; empty if unknown, and the model takes either
 * @param maxLength longest input in tokens
 * @param embedding the settings of embeddings; empty for other tasks
 * @param training the result of the training; empty if the model was loaded
 */
public record ModelParts(
        BaseHandle<?> base,
        Optional<AdapterSet> adapters,
        Optional<HeadSource> head,
        TaskDescription task,
        Optional<Boolean> pairs,
        int maxLength,
        Optional<EmbeddingSettings> embedding,
        Optional<TrainingResult> training) {

    /** Returns the parts of a base model as it is. */
    public static ModelParts of(BaseHandle<?> base, TaskDescription task, int maxLength) {
        return new ModelParts(
                base,
                Optional.empty(),
                Optional.empty(),
                task,
                Optional.empty(),
                maxLength,
                Optional.empty(),
                Optional.empty());
    }

    /** Returns these parts with adapters. */
    public ModelParts with(AdapterSet set) {
        return new ModelParts(base, Optional.of(set), head, task, pairs, maxLength, embedding, training);
    }

    /** Returns these parts with a head, which the model closes. */
    public ModelParts with(SequenceHead own) {
        Optional<HeadSource> source = Optional.of(new HeadSource.Own(own));
        return new ModelParts(base, adapters, source, task, pairs, maxLength, embedding, training);
    }

    /** Returns these parts with settings of embeddings. */
    public ModelParts with(EmbeddingSettings settings) {
        return new ModelParts(base, adapters, head, task, pairs, maxLength, Optional.of(settings), training);
    }

    /** Returns these parts for inputs that are pairs, or are not. */
    public ModelParts ofPairs(boolean are) {
        return new ModelParts(base, adapters, head, task, Optional.of(are), maxLength, embedding, training);
    }

    /** Returns the base model as one of a type, which the kind of task determines. */
    public <B extends FrozenModel> B base(Class<B> type) {
        Require.argument(
                type.isInstance(base.model()),
                "task %s: found the model %s, expected a %s",
                task.name(),
                base.model().name(),
                type.getSimpleName());
        return type.cast(base.model());
    }

    /** Whether the base model has one tower, which reads images. */
    public boolean isOfImages() {
        return base.model().readsImages();
    }

    /** Checks that the base model has one tower, which reads texts, and returns these parts. */
    public ModelParts ofTexts() {
        BaseModel one = base(BaseModel.class);
        Require.argument(
                !one.readsImages(),
                "model %s: its head is for a task of texts (%s), expected a classifier of images with one of several"
                        + " classes for each",
                one.name(),
                task.summary());
        return this;
    }
}
