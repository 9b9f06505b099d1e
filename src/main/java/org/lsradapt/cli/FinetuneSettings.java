package org.lsradapt.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.numerics.ConditionMonitor;
import org.lsradapt.training.LowPrecision;
import org.lsradapt.training.TrainingConfig;

/**
 * What a run is to do.
 *
 * @param model name or folder of the base model
 * @param task the task's name
 * @param data the folder of the task's files, or null
 * @param methods in the order in which they run
 * @param seeds in the order in which they run
 * @param targets which layers are adapted
 * @param lsr LSR adapters, but for the seed
 * @param lora LoRA adapters, but for the seed
 * @param lsrRate peak learning rate of LSR adapters
 * @param loraRate peak learning rate of LoRA adapters
 * @param headRate peak learning rate of the head
 * @param epochs passes over the training examples
 * @param batch examples per step
 * @param maxLength longest input in tokens
 * @param weightDecay AdamW's decoupled weight decay
 * @param warmUp fraction of all steps over which the learning rate rises
 * @param clip largest norm of a step's gradient
 * @param lowPrecision how the adapters' numbers are kept
 * @param monitor what is watched of their condition, or null
 * @param skew size of the cancelling terms that LSR adapters start with; 0 for none
 */
record FinetuneSettings(
        String model,
        String task,
        Path data,
        List<Method> methods,
        List<Long> seeds,
        LayerSelector targets,
        LsrConfig lsr,
        LsrConfig lora,
        double lsrRate,
        double loraRate,
        double headRate,
        int epochs,
        int batch,
        int maxLength,
        double weightDecay,
        double warmUp,
        double clip,
        LowPrecision lowPrecision,
        ConditionMonitor.Settings monitor,
        double skew) {

    /** How one method is trained with one seed; the order of the examples depends on the seed alone. */
    TrainingConfig training(Method method, long seed) {
        TrainingConfig.Builder builder = TrainingConfig.builder()
                .epochs(epochs)
                .batchSize(batch)
                .learningRate(method.learningRate(this))
                .headLearningRate(headRate)
                .weightDecay(weightDecay)
                .warmUp(warmUp)
                .maxGradientNorm(clip)
                .seed(seed)
                .lowPrecision(lowPrecision);
        if (monitor != null) {
            builder.monitor(monitor);
        }
        return builder.build();
    }

    /** For the report, in sections. */
    Map<String, Map<String, Object>> describe() {
        Map<String, Map<String, Object>> sections = new LinkedHashMap<>();
        Map<String, Object> run = new LinkedHashMap<>();
        run.put("model", model);
        run.put("task", task);
        if (data != null) {
            run.put("data", data.toString());
        }
        run.put("methods", methods.stream().map(Method::label).toList());
        run.put("seeds", seeds);
        run.put("epochs", epochs);
        run.put("batch", batch);
        run.put("max length", maxLength);
        run.put("head learning rate", headRate);
        run.put("weight decay", weightDecay);
        run.put("warm-up", warmUp);
        run.put("clip", clip);
        run.put("precision of the adapters", lowPrecision.precision().label());
        if (lowPrecision.master()) {
            run.put("FP32 master", true);
        }
        if (monitor != null) {
            run.put("condition monitor", monitor.policy().label());
            run.put("monitor every", monitor.every());
            run.put("epsilon", monitor.epsilon());
        }
        if (skew != 0) {
            run.put("skew", skew);
        }
        sections.put("training", run);
        for (Method method : methods) {
            if (method.config(this) != null) {
                sections.put(method.label(), describe(method));
            }
        }
        return sections;
    }

    private Map<String, Object> describe(Method method) {
        LsrConfig config = method.config(this);
        Map<String, Object> section = new LinkedHashMap<>();
        section.put("targets", targets.toString());
        section.put("learning rate", method.learningRate(this));
        section.put("r", config.bottleneckRank());
        if (!config.isLora()) {
            section.put("separation rank s", config.separationRank());
            section.put("factors d", config.factorCount());
            section.put("input factors", sizes(config.inFactors()));
            section.put("output factors", sizes(config.outFactors()));
            section.put("rank factors", sizes(config.rankFactors()));
            section.put("term weights", config.termWeights());
        }
        section.put("alpha", config.alpha());
        section.put("scaling rule", config.scalingRule().label());
        section.put("effective scaling", config.scaling());
        section.put("initialization", config.initialization().label());
        return section;
    }

    private static Object sizes(List<Integer> sizes) {
        return sizes.isEmpty() ? "balanced" : sizes;
    }
}
