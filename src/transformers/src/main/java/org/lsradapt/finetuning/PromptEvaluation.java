package org.lsradapt.finetuning;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.Task;

/** A task's metrics, of the class whose text is closest to an image. */
record PromptEvaluation(Task task, List<Example> examples, String template) implements ImageTextEvaluation {

    @Override
    public Stream<?> evaluated() {
        return Stream.of(
                        Stream.of(template),
                        task.labels().stream(),
                        examples.stream(),
                        examples.stream().map(example -> ImageInputs.fingerprint(example.first())))
                .flatMap(part -> part);
    }

    @Override
    public List<String> choosingMetrics() {
        return task.metricNames();
    }

    @Override
    public Map<String, Double> evaluate(TowerEncoder encoder) {
        float[][] classes = encoder.classes(task.labels(), List.of(template));
        float[][] images = encoder.images(examples.stream()
                .map(example -> ImageInputs.source(example.first()))
                .toList());
        return task.evaluate(examples, encoder.logits(images, classes));
    }
}
