package org.lsradapt.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.models.internal.cards.CardText;
import org.lsradapt.models.internal.cards.ModelCard;
import org.lsradapt.tasks.description.HubTask;
import org.lsradapt.tasks.description.ImageTextDescription;
import org.lsradapt.tasks.description.TokensDescription;
import org.lsradapt.transformer.inputs.WordReading;

final class MergedCard {

    private static final String TRANSFORMERS = "transformers";
    private static final String SENTENCE_TRANSFORMERS = "sentence-transformers";
    private static final String FOLDER = '"' + ModelCard.FOLDER + '"';

    private MergedCard() {}

    enum Form {
        HUGGING_FACE,
        ONNX,
        GGUF
    }

    static ModelCard of(MergedModel model, Form form) {
        List<AdapterConfig> configs = model.adapters().map(AdapterSet::configs).orElse(List.of());
        long parameters = model.adapters().map(AdapterSet::parameterCount).orElse(0L)
                + model.head().map(head -> head.values().length()).orElse(0L);
        List<String> method = new ArrayList<>(CardText.method(configs, parameters));
        if (model.task() instanceof TokensDescription words) {
            method.add(CardText.words(words.words() == WordReading.JOINED));
        }
        HubTask task = model.task().onHub(model.base().images().isPresent());
        return of(model.base().name(), task, method, model.task().labels(), form);
    }

    static ModelCard of(String base, AdapterSet adapters) {
        List<String> method = CardText.method(adapters.configs(), adapters.parameterCount());
        HubTask task = new ImageTextDescription("images").onHub(true);
        return of(base, task, method, List.of(), Form.HUGGING_FACE);
    }

    private static ModelCard of(String base, HubTask task, List<String> method, List<String> labels, Form form) {
        Optional<String> name = Models.hubName(base);
        List<String> items = new ArrayList<>();
        name.ifPresent(hub -> items.add("Base model: " + CardText.literal(hub)));
        items.addAll(method);
        if (!labels.isEmpty()) {
            items.add(CardText.labels(labels));
        }
        CardText body = new CardText("Fine-tuned model")
                .paragraph("A model that " + task.does() + ". Adapters were trained by " + CardText.LIBRARY
                        + " and merged into the base model.")
                .items(items)
                .section("Use");
        switch (form) {
            case HUGGING_FACE -> {
                body.paragraph("`" + ModelCard.FOLDER + "` stands for this folder, or its name on the hub. In Python:");
                python(body, task);
                command(body, task, ModelCard.FOLDER);
            }
            case ONNX ->
                body.paragraph("`" + ModelCard.FOLDER + "` stands for this folder. With ONNX Runtime, here in Python:")
                        .python(
                                "import onnxruntime",
                                "from tokenizers import Tokenizer",
                                "",
                                "tokenizer = Tokenizer.from_file(\"" + ModelCard.FOLDER + "/tokenizer.json\")",
                                "session = onnxruntime.InferenceSession(\"" + ModelCard.FOLDER + "/model.onnx\")",
                                "print([value.name for value in session.get_inputs() + session.get_outputs()])");
            case GGUF -> {
                String file = ModelCard.FOLDER + "/" + MergedModel.GGUF;
                body.paragraph("`" + ModelCard.FOLDER + "` stands for this folder. With llama.cpp:")
                        .shell("llama-cli -m " + file);
                command(body, task, file);
            }
        }
        return new ModelCard(library(form, task), name, tags(form, task), task.pipeline(), body);
    }

    private static void command(CardText body, HubTask task, String model) {
        body.paragraph("On the command line of LSR-Adapt for Java, with the folder on this machine: `lsr-adapt "
                + task.command().orElseThrow() + " --model " + model + "`");
    }

    private static String library(Form form, HubTask task) {
        if (form != Form.HUGGING_FACE) {
            return form.name().toLowerCase(Locale.ROOT);
        }
        return task.sentences().isPresent() ? SENTENCE_TRANSFORMERS : TRANSFORMERS;
    }

    private static List<String> tags(Form form, HubTask task) {
        if (form != Form.HUGGING_FACE) {
            return List.of("lsr-adapt", form.name().toLowerCase(Locale.ROOT));
        }
        List<String> tags = new ArrayList<>(List.of("lsr-adapt"));
        task.sentences().ifPresent(sentences -> {
            tags.add(SENTENCE_TRANSFORMERS);
            tags.addAll(sentences.tags());
        });
        return tags;
    }

    private static void python(CardText body, HubTask task) {
        if (task.sentences().isPresent()) {
            HubTask.Sentences sentences = task.sentences().get();
            body.python(
                    "from sentence_transformers import " + sentences.modelClass(),
                    "",
                    "model = " + sentences.modelClass() + "(" + FOLDER + ")",
                    sentences.call());
            return;
        }
        body.python(
                "from transformers import " + task.autoClass() + ", " + task.inputClass(),
                "",
                "model = " + task.autoClass() + ".from_pretrained(" + FOLDER + ")",
                "inputs = " + task.inputClass() + ".from_pretrained(" + FOLDER + ")");
    }
}
