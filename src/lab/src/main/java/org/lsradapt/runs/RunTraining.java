package org.lsradapt.runs;

import java.io.IOException;
import java.util.Optional;
import org.lsradapt.finetuning.ClassifierTraining;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.ImageClassifier;
import org.lsradapt.finetuning.ImageTextEmbedder;
import org.lsradapt.finetuning.ImageTextTraining;
import org.lsradapt.finetuning.SequenceTraining;
import org.lsradapt.finetuning.TextClassifier;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.finetuning.TextGenerator;
import org.lsradapt.finetuning.TextRegressor;
import org.lsradapt.images.Augmentation;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.TaskKind;
import org.lsradapt.training.Checkpoints;

/**
 * How a run trains each method.
 *
 * @param settings what to do
 * @param data what to train and evaluate on
 * @param base the base model: of two towers where the data wants them, else of one
 * @param targets which layers are adapted
 * @param maxLength longest input in tokens
 */
record RunTraining(RunSettings settings, RunData data, FrozenModel base, LayerSelector targets, int maxLength) {

    /** One method with one seed. */
    record One(Method method, long seed, RunListener.Watch watch, Checkpoints checkpoints) {}

    /**
     * Trains what the data is for.
     *
     * @return the trained model, which the caller closes
     */
    FineTunedModel train(One one) throws IOException {
        return train(settings.holdOut() == 0 ? data : data.holdOut(settings.holdOut(), one.seed()), one);
    }

    private FineTunedModel train(RunData used, One one) throws IOException {
        if (used instanceof RunData.Texts texts) {
            return set(TextGenerator.on((BaseModel) base).name(texts.name()), one)
                    .train(texts.texts());
        }
        if (used instanceof RunData.Pairs pairs) {
            return set(TextEmbedder.on((BaseModel) base).name(pairs.name()), one)
                    .train(pairs.pairs());
        }
        if (used instanceof RunData.ScoredPairs scored) {
            return set(TextEmbedder.on((BaseModel) base).name(scored.name()), one)
                    .trainScored(scored.pairs());
        }
        if (used instanceof RunData.Captions captions) {
            ImageTextTraining training = ImageTextEmbedder.on((DualModel) base).name(captions.name());
            return set(training.augmentation(captions.images().withSeed(one.seed())), one)
                    .train(captions.captions());
        }
        RunData.Labelled labelled = (RunData.Labelled) used;
        if (labelled.task().kind() == TaskKind.REGRESSION) {
            return train(TextRegressor.on((BaseModel) base), labelled, one);
        }
        Optional<Augmentation> augmentation = labelled.augmentation().map(found -> found.withSeed(one.seed()));
        if (labelled.template().isPresent()) {
            ImageTextTraining training =
                    ImageTextEmbedder.on((DualModel) base).augmentation(augmentation.orElseThrow());
            return set(training, one)
                    .train(labelled.task(), labelled.data(), labelled.template().get());
        }
        if (augmentation.isPresent()) {
            return classifier(ImageClassifier.on((BaseModel) base).augmentation(augmentation.get()), labelled, one);
        }
        return classifier(TextClassifier.on((BaseModel) base), labelled, one);
    }

    private <T extends ClassifierTraining<T, ?>> FineTunedModel classifier(
            T training, RunData.Labelled labelled, One one) throws IOException {
        return train(settings.balancedClasses() ? training.balancedClasses() : training, labelled, one);
    }

    private <T extends SequenceTraining<T, ?>> FineTunedModel train(T training, RunData.Labelled labelled, One one)
            throws IOException {
        T ready = set(training, one);
        return (one.method().adapters().isPresent() ? ready : ready.headOnly()).train(labelled.task(), labelled.data());
    }

    private <T extends FineTuning<T>> T set(T training, One one) {
        one.method().adapters().ifPresent(config -> training.adapters(config.withSeed(one.seed())));
        return training.targets(targets)
                .config(settings.training(one.method(), one.seed()))
                .maxLength(maxLength)
                .checkpoints(one.checkpoints())
                .listener(one.watch());
    }
}
