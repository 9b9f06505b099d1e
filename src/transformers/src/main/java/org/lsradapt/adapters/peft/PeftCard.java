package org.lsradapt.adapters.peft;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.models.Models;
import org.lsradapt.models.internal.cards.CardText;
import org.lsradapt.models.internal.cards.ModelCard;
import org.lsradapt.tasks.description.HubTask;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.description.TokensDescription;
import org.lsradapt.transformer.inputs.WordReading;

/**
 * Facts about adapters for their model card.
 *
 * @param name the name of the task or the data; empty if unknown
 * @param labels the classes; empty if there are none or they are unknown
 * @param outputs the number of the head's outputs; 0 without a head
 * @param trainedOn the name or folder from which the base model was loaded here; empty if unknown
 */
record PeftCard(
        HubTask task,
        Optional<String> name,
        List<String> labels,
        int outputs,
        List<String> method,
        Optional<String> trainedOn) {

    static PeftCard of(SavedAdapter saved) {
        Optional<TaskDescription> task = saved.card().map(AdapterCard::task);
        if (task.isEmpty()) {
            return ofBare(saved);
        }
        return new PeftCard(
                onHub(task.get(), () -> Families.named(saved.card().get().modelType())),
                task.map(TaskDescription::name),
                task.get().labels(),
                task.get().outputs(),
                method(saved),
                saved.card().map(AdapterCard::baseModel));
    }

    static PeftCard ofBare(SavedAdapter saved) {
        return new PeftCard(
                HubTask.STATES,
                saved.card().map(card -> card.task().name()),
                List.of(),
                0,
                method(saved, 0),
                saved.card().map(AdapterCard::baseModel));
    }

    static PeftCard of(TaskDescription task, Family family, AdapterSet adapters, long headParameters) {
        return new PeftCard(
                onHub(task, () -> family),
                Optional.empty(),
                task.labels(),
                task.outputs(),
                CardText.method(adapters.configs(), adapters.parameterCount() + headParameters),
                Optional.empty());
    }

    private static HubTask onHub(TaskDescription task, Supplier<Family> family) {
        return task.onHub(task.hasTowers() || !family.get().imageProcessor().isEmpty());
    }

    static PeftCard of(List<SavedLayer> layers) {
        return new PeftCard(
                HubTask.STATES,
                Optional.empty(),
                List.of(),
                0,
                CardText.method(
                        layers.stream()
                                .<AdapterConfig>map(SavedLayer::config)
                                .distinct()
                                .toList(),
                        layers.stream().mapToLong(SavedLayer::parameterCount).sum()),
                Optional.empty());
    }

    private static List<String> method(SavedAdapter saved) {
        List<String> method = method(saved, saved.headParameterCount());
        saved.card()
                .filter(card -> card.task() instanceof TokensDescription task && task.words() == WordReading.SEPARATE)
                .ifPresent(card -> method.add(CardText.words(false)));
        saved.card()
                .flatMap(AdapterCard::embedding)
                .ifPresent(settings -> method.add("Embeddings: pooling "
                        + CardText.literal(settings.pooling().label())
                        + (settings.normalized() ? ", normalized" : ", not normalized")
                        + prefix("queries", settings.queryPrefix())
                        + prefix("passages", settings.passagePrefix())));
        return method;
    }

    private static String prefix(String texts, String prefix) {
        return prefix.isEmpty() ? "" : ", " + texts + " begin with " + CardText.literal(prefix);
    }

    private static List<String> method(SavedAdapter saved, long headParameters) {
        SavedAdapter.Training training = saved.training();
        List<String> method =
                new ArrayList<>(CardText.method(training.configs(), training.parameters() + headParameters));
        training.written().ifPresent(form -> method.add("Written " + form));
        return method;
    }

    /**
     * @param baseModel the base model's name at Hugging Face
     * @param peftType the folder's kind of PEFT adapter
     */
    ModelCard card(String baseModel, String peftType) {
        Optional<String> hub = Models.hubName(baseModel)
                .or(() -> trainedOn.filter(baseModel::equals).isPresent()
                        ? Optional.empty()
                        : ModelCard.hubName(baseModel));
        List<String> items = new ArrayList<>();
        hub.ifPresent(known -> items.add("Base model: " + CardText.literal(known)));
        name.ifPresent(known -> items.add("Task: " + CardText.literal(known)));
        items.addAll(method);
        if (!labels.isEmpty()) {
            items.add(CardText.labels(labels));
        }
        String kind = peftType.toLowerCase(Locale.ROOT);
        CardText body = new CardText("Adapter for PEFT")
                .paragraph("An adapter in the form of PEFT's " + CardText.literal(peftType)
                        + ". With its base model it is a"
                        + " model that " + task.does() + ". It was trained by " + CardText.LIBRARY
                        + ".")
                .items(items)
                .section("Use")
                .paragraph("`" + ModelCard.FOLDER + "` stands for this folder, or its name on the hub"
                        + (hub.isPresent()
                                ? ""
                                : ", `" + ModelCard.BASE + "` for the base model that it was trained on")
                        + ". In Python:");
        python(body, '"' + hub.orElse(ModelCard.BASE) + '"');
        body.paragraph(
                "On the command line of LSR-Adapt for Java, with this folder and the base model's on this machine: `lsr-adapt import --from "
                        + ModelCard.FOLDER + " --model " + ModelCard.BASE + " --out ADAPTER`"
                        + (outputs > 0
                                ? ", with the task's name (`--task`) and labels (`--labels`), which PEFT's files do not have"
                                : ""));
        return new ModelCard("peft", hub, List.of("lsr-adapt", kind), task.pipeline(), body);
    }

    private void python(CardText body, String base) {
        String loaded = task.autoClass() + ".from_pretrained(" + base + task.loading();
        body.python(
                "from peft import PeftModel",
                "from transformers import " + task.autoClass() + ", " + task.inputClass(),
                "",
                "base = " + loaded + ")",
                "model = PeftModel.from_pretrained(base, \"" + ModelCard.FOLDER + "\").eval()",
                "inputs = " + task.inputClass() + ".from_pretrained(" + base + ")");
    }
}
