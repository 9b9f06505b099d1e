package org.lsradapt.tasks.images;

import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.LoadedParts;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.classification.SequenceModel;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.ImageTextDescription;

/** Images with classes or captions. */
public final class ImagesModule implements TaskModule {

    @Override
    public List<TaskType> types() {
        return List.of(ImagesTasks.TYPE);
    }

    @Override
    public Optional<FineTunedModel> load(LoadedParts parts) {
        if (parts.task() instanceof ImageTextDescription task) {
            return Optional.of(new ImageTextEmbedder(parts, task));
        }
        return parts.task() instanceof ClassificationDescription
                        && parts.base(BaseModel.class).model().readsImages()
                ? Optional.of(new ImageClassifier(SequenceModel.Parts.of(parts)))
                : Optional.empty();
    }
}
