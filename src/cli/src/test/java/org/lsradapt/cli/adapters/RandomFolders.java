package org.lsradapt.cli.adapters;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.imageio.ImageIO;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.ImageTextDescription;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.description.TextDescription;
import org.lsradapt.tasks.description.TokensDescription;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Models and adapter folders with random numbers, in a folder of their own. */
final class RandomFolders {
    static final List<String> LABELS = List.of("red", "green", "blue");
    private static final Backend BACKEND = Backends.standard();

    final Path work;

    RandomFolders(Path work) {
        this.work = work;
    }

    /** Copies the golden files' base model, with or without its pooler. */
    Path copyOfBert(String name, boolean pooler) throws IOException {
        Path golden = Path.of("src/transformers/src/test/resources/golden/interop/peft/base");
        return copy(golden, name, "vocab.txt", tensor -> pooler || !tensor.startsWith("pooler"));
    }

    /** Copies a model of golden/families, with or without its pooler, and without its head. */
    Path copyOfFamily(String golden, String name, boolean pooler) throws IOException {
        Path from =
                Path.of("src/transformers/src/test/resources/golden/families").resolve(golden);
        return copy(
                from,
                name,
                "tokenizer.json",
                tensor -> !tensor.startsWith("classifier.")
                        && !tensor.startsWith("head.")
                        && (pooler || !tensor.startsWith("pooler.")));
    }

    private Path copy(Path from, String name, String tokenizer, Predicate<String> kept) throws IOException {
        Path folder = Files.createDirectory(work.resolve(name));
        for (String file : List.of("config.json", tokenizer)) {
            Files.copy(from.resolve(file), folder.resolve(file));
        }
        Map<String, INDArray> weights = new LinkedHashMap<>();
        try (SafeTensors file = SafeTensors.open(from.resolve("model.safetensors"))) {
            for (String tensor : file.names()) {
                if (kept.test(tensor)) {
                    weights.put(tensor, file.read(tensor));
                }
            }
        }
        SafeTensors.write(folder.resolve("model.safetensors"), weights, Map.of("format", "pt"));
        return folder;
    }

    private static void randomize(INDArray values, int seed, double scale) {
        values.assign(RandomArrays.normal(new Random(seed), DataType.FLOAT, values.length())
                .muli(scale));
    }

    private static AdapterSet adapters(String name, BaseModel base, Function<FrozenLinear, AdapterConfig> configs) {
        List<String> suffixes = switch (base.family().modelType()) {
            case "distilbert" -> List.of("q_lin", "v_lin", "lin1");
            case "mpnet" -> List.of("attn.q", "attn.v", "intermediate.dense");
            case "modernbert" -> List.of("query", "value", "up", "mlp.Wo");
            case "deberta-v2" -> List.of("query_proj", "value_proj", "intermediate.dense");
            case "llama" -> List.of("q_proj", "v_proj", "up_proj", "down_proj");
            default -> List.of("query", "value", "intermediate.dense");
        };
        AdapterSet adapters =
                AdapterSet.create(LayerSelector.suffixes(suffixes).select(base.linearLayers()), configs, BACKEND);
        randomize(adapters.values(), name.hashCode(), 0.4);
        return adapters;
    }

    private static AdapterCard card(BaseModel base, TaskDescription task) {
        return new AdapterCard(
                base.name(),
                base.family().modelType(),
                base.fingerprint(),
                task,
                base.model().maxTokens());
    }

    /** Saves random adapters on some kinds of layers of a language model. */
    Path saveText(String name, Path model, Function<FrozenLinear, AdapterConfig> configs) throws IOException {
        Path folder = work.resolve(name);
        try (BaseModel base = BaseModel.load(model.toString());
                AdapterSet adapters = adapters(name, base, configs)) {
            AdapterFolder.save(folder, card(base, new TextDescription("poems")), adapters);
        }
        return folder;
    }

    /** Saves random adapters on some kinds of layers, and a random head; without labels for a number. */
    Path save(String name, Path model, List<String> labels, Function<FrozenLinear, AdapterConfig> configs)
            throws IOException {
        TaskDescription task = labels.isEmpty()
                ? new RegressionDescription("heat", true)
                : new ClassificationDescription("colours", labels, true);
        return save(name, model, task, configs);
    }

    Path saveTokens(String name, Path model, Function<FrozenLinear, AdapterConfig> configs) throws IOException {
        return save(name, model, new TokensDescription("colours", LABELS), configs);
    }

    private Path save(String name, Path model, TaskDescription task, Function<FrozenLinear, AdapterConfig> configs)
            throws IOException {
        Path folder = work.resolve(name);
        try (BaseModel base = BaseModel.load(model.toString());
                AdapterSet adapters = adapters(name, base, configs);
                SequenceHead head =
                        new SequenceHead(base.weights(), task.head(base.family(), base.model()), task.outputs(), 1)) {
            randomize(head.values(), name.hashCode() + 1, 1);
            AdapterFolder.save(folder, card(base, task), adapters, head);
        }
        return folder;
    }

    /** Saves random adapters on every layer of a classifier of images, and a random head. */
    Path saveImages(String name, Path model, LsrConfig config) throws IOException {
        Path folder = work.resolve(name);
        TaskDescription task = new ClassificationDescription("images", LABELS, false);
        try (BaseModel base = BaseModel.load(model.toString());
                AdapterSet adapters = AdapterSet.create(base.linearLayers(), config, BACKEND);
                SequenceHead head = new SequenceHead(base.weights(), LABELS.size(), 1)) {
            Random random = new Random(name.hashCode());
            adapters.values()
                    .assign(RandomArrays.normal(random, DataType.FLOAT, adapters.parameterCount())
                            .muli(0.3));
            head.values()
                    .assign(RandomArrays.normal(
                            random, DataType.FLOAT, head.values().length()));
            AdapterFolder.save(folder, card(base, task), adapters, head);
        }
        return folder;
    }

    /** Saves random adapters on every layer of both towers. */
    Path saveTowers(String name, DualModel base, LsrConfig config) throws IOException {
        Path folder = work.resolve(name);
        try (AdapterSet adapters = AdapterSet.create(base.linearLayers(), config, BACKEND)) {
            randomize(adapters.values(), name.hashCode(), 0.3);
            AdapterCard card = new AdapterCard(
                    base.name(),
                    base.modelType(),
                    base.fingerprint(),
                    new ImageTextDescription("images"),
                    base.maxLength());
            AdapterFolder.save(folder, card, adapters);
        }
        return folder;
    }

    /** Pictures of the size that the models read, of which every image processor makes the same. */
    List<Path> pictures() throws IOException {
        List<Path> pictures = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Path file = work.resolve("picture" + i + ".png");
            if (!Files.exists(file)) {
                Random random = new Random(i);
                BufferedImage image = new BufferedImage(12, 12, BufferedImage.TYPE_INT_RGB);
                for (int pixel = 0; pixel < 144; pixel++) {
                    image.setRGB(pixel % 12, pixel / 12, random.nextInt(1 << 24));
                }
                ImageIO.write(image, "png", file.toFile());
            }
            pictures.add(file);
        }
        return pictures;
    }
}
