package org.lsradapt.finetuning;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.tasks.images.LabelledImage;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A small vision transformer in a folder, and pictures that are easily told apart. */
public final class SmallImages {

    private SmallImages() {}

    /** Copies the golden ViT, for images of 12 × 12, and says how they are processed. */
    public static Path model(Path folder) throws IOException {
        return model(
                "vit",
                "{\"image_processor_type\": \"ViTImageProcessor\", \"size\": {\"height\": 12, \"width\": 12}}",
                folder);
    }

    /** As {@link #model}, of DINOv2, which a processor of another family serves. */
    public static Path dinov2(Path folder) throws IOException {
        return dinov2("dinov2", folder);
    }

    /** As {@link #dinov2(Path)}, of another of its golden models. */
    public static Path dinov2(String golden, Path folder) throws IOException {
        return model(
                golden,
                "{\"image_processor_type\": \"BitImageProcessor\", \"size\": {\"shortest_edge\": 12}, "
                        + "\"crop_size\": {\"height\": 12, \"width\": 12}}",
                folder);
    }

    private static Path model(String family, String processor, Path folder) throws IOException {
        try {
            Path golden = Path.of(
                    SmallImages.class.getResource("/golden/families/" + family).toURI());
            Files.createDirectories(folder);
            for (String name : List.of("config.json", "model.safetensors")) {
                Files.copy(golden.resolve(name), folder.resolve(name));
            }
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        Files.writeString(folder.resolve("preprocessor_config.json"), processor);
        return folder;
    }

    /** Copies the golden CLIP, for images of 12 × 12. */
    public static Path clip(Path folder) throws IOException {
        return towers("clip", folder);
    }

    /** Copies the golden SigLIP, for images of 12 × 12. */
    public static Path siglip(Path folder) throws IOException {
        return towers("siglip", folder);
    }

    private static Path towers(String family, Path folder) throws IOException {
        try {
            Path golden = Path.of(
                    SmallImages.class.getResource("/golden/families/" + family).toURI());
            Files.createDirectories(folder);
            for (String name : List.of(
                    "config.json",
                    "model.safetensors",
                    "preprocessor_config.json",
                    "tokenizer.json",
                    "tokenizer_config.json")) {
                Files.copy(golden.resolve(name), folder.resolve(name));
            }
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        return folder;
    }

    /** The tower of {@link #clip} that reads images, as transformers saves it by itself. */
    public static Path clipVision(Path folder) throws IOException {
        Path whole = clip(folder);
        ObjectMapper json = new ObjectMapper();
        ObjectNode config = (ObjectNode)
                json.readTree(whole.resolve("config.json").toFile()).path("vision_config");
        config.putArray("architectures").add("CLIPVisionModel");
        json.writeValue(whole.resolve("config.json").toFile(), config);
        Map<String, INDArray> vision = new LinkedHashMap<>();
        try (SafeTensors tensors = SafeTensors.open(whole.resolve("model.safetensors"))) {
            for (String each : tensors.names()) {
                if (each.startsWith("vision_model.")) {
                    vision.put(each, tensors.read(each));
                }
            }
        }
        SafeTensors.write(whole.resolve("model.safetensors"), vision, Map.of("format", "pt"));
        for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.delete(whole.resolve(name));
        }
        return whole;
    }

    /** Adds to the first number of a tensor of a model's folder. */
    public static void change(Path model, String name, double added) throws IOException {
        Path file = model.resolve("model.safetensors");
        Map<String, INDArray> all = new LinkedHashMap<>();
        try (SafeTensors tensors = SafeTensors.open(file)) {
            for (String each : tensors.names()) {
                all.put(each, tensors.read(each));
            }
        }
        INDArray flat = all.get(name).reshape(all.get(name).length());
        flat.putScalar(0, flat.getDouble(0) + added);
        all.put(name, flat.reshape(all.get(name).shape()));
        SafeTensors.write(file, all, Map.of("format", "pt"));
    }

    /** A picture with a light field on the left or right. */
    public static BufferedImage picture(boolean left, long seed) {
        Random random = new Random(seed);
        int width = 20 + random.nextInt(20);
        int height = 20 + random.nextInt(20);
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(new Color(random.nextInt(80), random.nextInt(80), random.nextInt(80)));
        graphics.fillRect(0, 0, width, height);
        graphics.setColor(new Color(175 + random.nextInt(80), 175 + random.nextInt(80), 175 + random.nextInt(80)));
        graphics.fillRect(left ? 0 : width / 2, 0, width / 2, height);
        graphics.dispose();
        return image;
    }

    /** Writes as many pictures of either class into folders of their own. */
    public static List<LabelledImage> write(Path folder, int ofEach) throws IOException {
        List<LabelledImage> images = new ArrayList<>();
        for (String label : List.of("left", "right")) {
            Path ofClass = Files.createDirectories(folder.resolve(label));
            for (int i = 0; i < ofEach; i++) {
                String kind = i % 2 == 0 ? "png" : "jpg";
                Path file = ofClass.resolve(i + "." + kind);
                ImageIO.write(picture(label.equals("left"), 100 * i + label.length()), kind, file.toFile());
                images.add(LabelledImage.of(file, label));
            }
        }
        return images;
    }
}
