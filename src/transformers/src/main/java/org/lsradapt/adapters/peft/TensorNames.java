package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.io.TensorSource;

/**
 * The tensors of an adapter, grouped by layer and head. A file with any other tensor is refused.
 *
 * @param family a family for whose larger model, such as a sequence classifier, the file can be; the paths of the layers and the head
 *     determine it, and without a head other families may have the same prefix. Empty for a base model by itself, and for a model of two
 *     towers
 * @param layers for each layer's name in the base model, the file's tensor names by part, such as {@code lora_A}
 * @param head the file's tensor names by Hugging Face's names, in the head's order; empty if there is no head
 * @param modules whether the file names layers as transformers does, where the base model's files differ
 */
record TensorNames(
        Optional<Family> family, Map<String, Map<String, String>> layers, Map<String, String> head, boolean modules) {

    /** An array below its layer. PEFT's models in memory add the adapter's name after the part. */
    private static final Pattern PART = Pattern.compile("(.+)\\.(\\w+_\\w+?)(?:\\.default)?(\\.weight|\\.bias)?");

    /** All tensors of heads, and those that belong to heads only: the pooler's layer may be an adapted layer of the base model. */
    private static final Set<String> HEADS = Families.all().stream()
            .flatMap(family -> Stream.of(family.headParameters(), family.answerHeadParameters()))
            .flatMap(List::stream)
            .collect(Collectors.toUnmodifiableSet());

    private static final Set<String> TRAINED = Families.all().stream()
            .flatMap(family ->
                    Stream.of(required(family, Family::headParameters), required(family, Family::answerHeadParameters)))
            .flatMap(List::stream)
            .map(name -> name.substring(0, name.indexOf('.') + 1))
            .collect(Collectors.toUnmodifiableSet());

    /** Sorts the tensors of a file, with the names of each family's head in order. */
    static TensorNames sort(TensorSource tensors, FileLayout layout, Function<Family, List<String>> heads)
            throws IOException {
        Map<String, Map<String, String>> paths = new LinkedHashMap<>();
        Map<String, String> found = new LinkedHashMap<>();
        for (String tensor : tensors.names()) {
            if (layout.beside().test(tensor)) {
                continue;
            }
            if (!tensor.startsWith(layout.root())) {
                throw failure(
                        tensors,
                        tensor,
                        "does not begin with " + layout.root() + ", as " + layout.what() + "'s names do");
            }
            String path = tensor.substring(layout.root().length());
            boolean trained = TRAINED.stream().anyMatch(path::startsWith);
            if (trained && (layout.isInside(path) || path.contains(".base_layer."))) {
                throw failure(
                        tensors,
                        tensor,
                        "is of an adapter on the classifier, which cannot be represented here;"
                                + " leave the classifier's layers out of target_modules (dense names one of RoBERTa's)");
            }
            String plain = path.replace(".modules_to_save", "").replace(".default", "");
            if (trained || HEADS.contains(plain)) {
                put(tensors, found, plain, tensor);
                continue;
            }
            Matcher part = PART.matcher(path);
            if (!part.matches()
                    || !layout.parts().contains(part.group(2))
                    || !layout.ending().equals(text(part.group(3)))) {
                throw failure(tensors, tensor, complaint(path, layout.what()));
            }
            Map<String, String> layer = paths.computeIfAbsent(part.group(1), name -> new LinkedHashMap<>());
            put(tensors, layer, part.group(2), tensor);
        }
        if (paths.isEmpty()) {
            throw new IOException(tensors.location() + ": has no tensor of an adapted layer, expected " + layout.what()
                    + "'s " + String.join(", ", layout.parts()));
        }
        boolean towers = paths.keySet().stream().anyMatch(Families::isOfTowersAlone);
        Optional<Family> first = towers
                ? Optional.empty()
                : paths.keySet().stream().flatMap(path -> inside(path).stream()).findFirst();
        Optional<Family> ofHead =
                found.isEmpty() ? Optional.empty() : Optional.of(ofHead(tensors, first, found, heads));
        Optional<Family> family = first.isEmpty() || ofHead.isEmpty() ? first : ofHead;
        Map<String, Map<String, String>> layers = new LinkedHashMap<>();
        boolean modules = false;
        for (Map.Entry<String, Map<String, String>> entry : paths.entrySet()) {
            String module = layer(tensors, family, entry);
            String layer = family.map(known -> known.layer(module)).orElse(module);
            modules |= !layer.equals(module);
            if (layers.put(layer, entry.getValue()) != null) {
                throw new IOException(
                        tensors.location() + ": adapts layer '" + layer + "' twice, under different names");
            }
        }
        Map<String, String> head = new LinkedHashMap<>();
        ofHead.ifPresent(one ->
                heads.apply(one).stream().filter(found::containsKey).forEach(name -> head.put(name, found.get(name))));
        return new TensorNames(family, layers, head, modules);
    }

    String path(String layer) {
        return family.map(known -> known.path(modules ? known.module(layer) : layer))
                .orElse(layer);
    }

    /** The family whose larger models contain a path, by the path's prefix. */
    private static Optional<Family> inside(String path) {
        return Families.all().stream()
                .filter(family -> path.startsWith(family.prefix()))
                .findFirst();
    }

    private static String layer(
            TensorSource tensors, Optional<Family> family, Map.Entry<String, Map<String, String>> entry)
            throws IOException {
        String path = entry.getKey();
        if (family.isEmpty() || family.get().besideBase().stream().anyMatch(path::startsWith)) {
            return path;
        }
        String prefix = family.get().prefix();
        if (!path.startsWith(prefix)) {
            String tensor = entry.getValue().values().iterator().next();
            boolean beside = family.get().besideBase().contains(path + ".");
            throw failure(
                    tensors,
                    tensor,
                    beside
                            ? "is of an adapter on " + path + ", which is beside the base model and cannot be"
                                    + " represented here; leave it out of target_modules"
                            : "is in " + model(inside(path)) + ", others are in " + model(family));
        }
        return path.substring(prefix.length());
    }

    /** The family with this head, among the families whose larger models have these layers; several share a prefix. */
    private static Family ofHead(
            TensorSource tensors,
            Optional<Family> family,
            Map<String, String> found,
            Function<Family, List<String>> heads)
            throws IOException {
        List<Family> candidates = Families.all().stream()
                .filter(one ->
                        family.map(Family::prefix).map(one.prefix()::equals).orElse(true))
                .toList();
        return candidates.stream()
                .filter(one -> Stream.of(heads.apply(one), required(one, heads), ofOutputs(heads.apply(one)))
                        .anyMatch(names -> found.keySet().equals(Set.copyOf(names))))
                .findFirst()
                .orElseThrow(() -> new IOException(tensors.location() + ": the head has " + found.keySet()
                        + ", expected "
                        + candidates.stream()
                                .map(one -> heads.apply(one).toString())
                                .distinct()
                                .collect(Collectors.joining(" or "))));
    }

    /** The parts that a family's head always has. */
    private static List<String> required(Family family, Function<Family, List<String>> heads) {
        return heads.apply(family).stream()
                .filter(name -> family.besideBase().stream().noneMatch(name::startsWith))
                .toList();
    }

    /** The parts in the module that computes the outputs, which PEFT saves without other modules of a head. */
    private static List<String> ofOutputs(List<String> head) {
        String last = head.get(head.size() - 1);
        String module = last.substring(0, last.indexOf('.') + 1);
        return head.stream().filter(name -> name.startsWith(module)).toList();
    }

    private static void put(TensorSource tensors, Map<String, String> names, String name, String tensor)
            throws IOException {
        String other = names.put(name, tensor);
        if (other != null) {
            throw failure(tensors, tensor, "and '" + other + "' are the same part");
        }
    }

    private static String complaint(String path, String what) {
        if (path.contains("lora_magnitude_vector")) {
            return "is a magnitude vector of DoRA, which cannot be represented here";
        }
        if (path.contains("lora_embedding_")) {
            return "adapts an embedding, which cannot be represented here";
        }
        if (path.contains("lokr_t2")) {
            return "is of a convolution, which cannot be represented here";
        }
        if (path.endsWith(".bias")) {
            return "is a trained bias, which cannot be represented here";
        }
        return "is not known in an adapter of " + what + "; nothing would use it";
    }

    private static String model(Optional<Family> family) {
        return family.map(known -> known.prefix().substring(0, known.prefix().length() - 1))
                .orElse("a bare model");
    }

    private static String text(String group) {
        return group == null ? "" : group;
    }

    static IOException failure(TensorSource tensors, String tensor, String complaint) {
        return new IOException(tensors.location() + ": tensor '" + tensor + "' " + complaint);
    }
}
