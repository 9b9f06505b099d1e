package org.lsradapt.images;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.parts.Embeddings;

/**
 * Preprocesses a picture by a model's {@code preprocessor_config.json}: resizing, centre cropping, scaling and
 * normalization, as transformers does with Pillow. Immutable; safe for use by many threads.
 */
public final class ImageProcessor {
    private static final int MOST_PIXELS = 4096;

    private static final int SHORT_SIDE = -1;

    private static final Set<String> SUPPORTED =
            Set.of("do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb");
    private static final Set<String> UNSUPPORTED = Set.of("crop_pct", "size_divisor");

    private final Optional<Size> resize;
    private final Resampling resampling;
    private final Optional<Size> crop;
    private final double scale;
    private final float[] mean;
    private final float[] deviation;

    /** A size in pixels; the height is {@link #SHORT_SIDE} if the width is the length of the shorter side. */
    private record Size(int height, int width) {

        static Size of(JsonFields config, String field, boolean square) throws IOException {
            if (config.isObject(field)) {
                JsonFields sides = config.object(field);
                if (!sides.isAbsent("shortest_edge")) {
                    sides.requireOff("longest_edge", "not supported");
                    return new Size(SHORT_SIDE, side(sides, "shortest_edge"));
                }
                return new Size(side(sides, "height"), side(sides, "width"));
            }
            if (config.isArray(field)) {
                List<Integer> sides = config.integers(field);
                if (sides.size() != 2) {
                    throw config.failure(field, "found " + sides + ", expected height and width");
                }
                return new Size(requireSide(config, field, sides.get(0)), requireSide(config, field, sides.get(1)));
            }
            int side = side(config, field);
            return new Size(square ? side : SHORT_SIDE, side);
        }

        private static int side(JsonFields config, String field) throws IOException {
            return requireSide(config, field, config.integer(field));
        }

        private static int requireSide(JsonFields config, String field, int side) throws IOException {
            if (side < 1 || side > MOST_PIXELS) {
                throw config.failure(field, "found " + side + ", expected 1 to " + MOST_PIXELS + " pixels");
            }
            return side;
        }

        boolean isFixed() {
            return height != SHORT_SIDE;
        }

        Size of(Picture picture) {
            if (isFixed()) {
                return this;
            }
            int shorter = Math.min(picture.width(), picture.height());
            int longer = Math.max(picture.width(), picture.height());
            int scaled = (int) Math.min(Integer.MAX_VALUE, (double) ((long) width * longer) / shorter);
            return picture.width() <= picture.height() ? new Size(scaled, width) : new Size(width, scaled);
        }
    }

    /**
     * A processor class of transformers: the defaults of its configuration.
     *
     * @param name the class's name without {@code ImageProcessor}
     * @param size the side of the square to which pictures are resized, or their shorter side
     * @param crop side of the square centre crop; 0 for none
     */
    private record Kind(
            String name,
            int size,
            boolean square,
            int crop,
            Resampling resampling,
            List<Double> mean,
            List<Double> deviation) {

        private static final List<Double> HALF = List.of(0.5, 0.5, 0.5);

        private static final List<Kind> ALL = List.of(
                new Kind("ViT", 224, true, 0, Resampling.BILINEAR, HALF, HALF),
                new Kind("DeiT", 256, true, 224, Resampling.BICUBIC, HALF, HALF),
                new Kind("Siglip", 224, true, 0, Resampling.BICUBIC, HALF, HALF),
                likeClip("CLIP"),
                likeClip("Bit"));

        private static Kind likeClip(String name) {
            return new Kind(
                    name,
                    224,
                    false,
                    224,
                    Resampling.BICUBIC,
                    List.of(0.48145466, 0.4578275, 0.40821073),
                    List.of(0.26862954, 0.26130258, 0.27577711));
        }

        static Kind of(JsonFields config, String otherwise) throws IOException {
            String field = config.isAbsent("image_processor_type") && !config.isAbsent("feature_extractor_type")
                    ? "feature_extractor_type"
                    : "image_processor_type";
            String type = config.text(field, otherwise);
            String name = type.replaceFirst("(ImageProcessor(Fast|Pil)?|FeatureExtractor)$", "");
            return ALL.stream()
                    .filter(kind -> kind.name.equals(name))
                    .findFirst()
                    .orElseThrow(() -> config.failure(
                            field, "found " + type + ", expected ViT-, DeiT-, CLIP-, Bit- or SiglipImageProcessor"));
        }
    }

    private ImageProcessor(JsonFields config, Kind own, int channels) throws IOException {
        resize = !config.flag("do_resize", true)
                ? Optional.empty()
                : Optional.of(
                        config.isAbsent("size")
                                ? new Size(own.square ? own.size : SHORT_SIDE, own.size)
                                : Size.of(config, "size", own.square));
        crop = !config.flag("do_center_crop", own.crop > 0)
                ? Optional.empty()
                : Optional.of(
                        config.isAbsent("crop_size") && own.crop > 0
                                ? new Size(own.crop, own.crop)
                                : Size.of(config, "crop_size", true));
        if (crop.isPresent() && !crop.get().isFixed()) {
            throw config.failure("crop_size", "expected height and width");
        }
        scale = config.flag("do_rescale", true) ? config.number("rescale_factor", 1.0 / 255) : 1;
        boolean normalizes = config.flag("do_normalize", true);
        mean = normalizes ? perChannel(config, "image_mean", own.mean, channels) : new float[] {0, 0, 0};
        deviation = normalizes ? perChannel(config, "image_std", own.deviation, channels) : new float[] {1, 1, 1};
        for (float one : deviation) {
            if (one == 0) {
                throw config.failure("image_std", "found 0, expected another number");
            }
        }
        resampling = config.isAbsent("resample") ? own.resampling : resampling(config);
    }

    private static Resampling resampling(JsonFields config) throws IOException {
        int code = config.integer("resample");
        return Resampling.numbered(code)
                .orElseThrow(() ->
                        config.failure("resample", "found " + code + ", expected 0 to 5, as Pillow numbers filters"));
    }

    private static float[] perChannel(JsonFields config, String field, List<Double> otherwise, int channels)
            throws IOException {
        List<Double> numbers = otherwise.subList(0, channels);
        if (config.isArray(field)) {
            numbers = config.numbers(field);
        } else if (!config.isAbsent(field)) {
            numbers = Collections.nCopies(channels, config.number(field));
        }
        if (numbers.size() != channels) {
            throw config.failure(
                    field, "found " + numbers.size() + " numbers, expected one for each of " + channels + " channels");
        }
        float[] perChannel = new float[channels];
        for (int c = 0; c < channels; c++) {
            perChannel[c] = numbers.get(c).floatValue();
        }
        return perChannel;
    }

    /**
     * Reads a configuration.
     *
     * @param config the fields of a {@code preprocessor_config.json}
     * @param kind the class of transformers, such as {@code ViTImageProcessor}, if the configuration names none
     * @param channels number of channels that the model reads
     * @throws IOException if a field is malformed or has an unsupported value; the message names it
     */
    public static ImageProcessor of(JsonFields config, String kind, int channels) throws IOException {
        Kind own = Kind.of(config, kind);
        if (channels != 1 && channels != 3) {
            throw config.failure("the model reads " + channels + " channels, expected 1 or 3");
        }
        for (String field : config.names()) {
            if (UNSUPPORTED.contains(field) || (field.startsWith("do_") && !SUPPORTED.contains(field))) {
                config.requireOff(field, "not supported");
            }
        }
        return new ImageProcessor(config, own, channels);
    }

    /**
     * Returns an image as a model's input; it is decoded when it is read.
     *
     * @param patches the model's division into patches
     * @throws IOException if the image must be read to find its size, and cannot be; the message names it
     */
    public ImageInput input(ImageSource source, Embeddings.Patches patches, Augmentation augmentation)
            throws IOException {
        Size size = fixedSize().isPresent() ? fixedSize().get() : resulting(source.read());
        return new ImageInput(
                source.name(),
                size.height,
                size.width,
                patches,
                new ProcessedPixels(this, source, patches.channels(), augmentation, 0));
    }

    /** Calls {@link #input(ImageSource, Embeddings.Patches, Augmentation)} without variations. */
    public ImageInput input(ImageSource source, Embeddings.Patches patches) throws IOException {
        return input(source, patches, Augmentation.NONE);
    }

    /**
     * Returns the number of tokens of an image.
     *
     * @param patches the model's division into patches
     * @return the number of tokens; if it differs from image to image, that of the model's own size
     */
    public int tokens(Embeddings.Patches patches) {
        return fixedSize()
                .map(size -> patches.tokens(size.height, size.width))
                .orElse(patches.positions().rows());
    }

    private Optional<Size> fixedSize() {
        return crop.isPresent() ? crop : resize.filter(Size::isFixed);
    }

    private Size resulting(Picture picture) {
        return resize.map(size -> size.of(picture)).orElse(new Size(picture.height(), picture.width()));
    }

    Picture sized(Picture picture) {
        Size size = resulting(picture);
        Picture resized = resampling.resize(picture, size.width, size.height);
        if (crop.isEmpty()) {
            return resized;
        }
        int width = crop.get().width;
        int height = crop.get().height;
        return resized.crop(offset(resized.width(), width), offset(resized.height(), height), width, height);
    }

    /** Returns the start of the centre crop. A smaller picture is padded with as much before it as after it, or one more before it. */
    private static int offset(int from, int to) {
        return from >= to ? (from - to) / 2 : -((to - from + 1) / 2);
    }

    /** Describes the settings that distinguish this processor from others. */
    String settings() {
        return List.of(resize, resampling, crop, scale, Arrays.toString(mean), Arrays.toString(deviation))
                .toString();
    }

    /** Returns [channels, height, width] in single precision, each step rounded as in NumPy. */
    float[] numbers(Picture picture) {
        Picture sized = sized(picture);
        int area = sized.width() * sized.height();
        int channels = sized.channels();
        float[] numbers = new float[channels * area];
        for (int c = 0; c < channels; c++) {
            float[] meaning = new float[256];
            for (int sample = 0; sample < meaning.length; sample++) {
                meaning[sample] = ((float) (sample * scale) - mean[c]) / deviation[c];
            }
            for (int i = 0; i < area; i++) {
                numbers[c * area + i] = meaning[sized.samples()[i * channels + c] & 0xff];
            }
        }
        return numbers;
    }
}
