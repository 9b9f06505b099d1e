package org.lsradapt.springai;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.data.LabelledText;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.generation.ChatMessage;
import org.lsradapt.tasks.generation.Conversation;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.training.settings.TrainingConfig;

/** Models of a few thousand parameters that have been trained for moments. */
final class TrainedModels {
    private TrainedModels() {}

    private static TrainingConfig config() {
        return TrainingConfig.builder()
                .epochs(4)
                .batchSize(4)
                .learningRate(1e-2)
                .headLearningRate(2e-2)
                .build();
    }

    static Path saveClassifier(String base, Path folder) throws IOException {
        List<LabelledText> texts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            texts.add(LabelledText.of("warm sun", "good"));
            texts.add(LabelledText.of("cold rain", "bad"));
        }
        try (TextClassifier classifier =
                TextClassifier.on(base).config(config()).train(texts, texts)) {
            classifier.save(folder);
        }
        return folder;
    }

    static Path saveGenerator(Path base, Path folder) throws IOException {
        List<Conversation> talks = List.of(
                Conversation.of(ChatMessage.user("the sun"), ChatMessage.assistant("is warm")),
                Conversation.of(ChatMessage.user("the rain"), ChatMessage.assistant("is cold")));
        try (TextGenerator generator = TextGenerator.on(base.toString())
                .targets(LayerSelector.allLinear())
                .config(config())
                .train(LanguageModelData.of(talks).dev(talks).read())) {
            generator.save(folder);
        }
        return folder;
    }
}
