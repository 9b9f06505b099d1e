package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lsradapt.adapters.peft.ModelPath.Family;
import org.lsradapt.io.TensorSource;

/**
 * The tensors of an adapter by what they belong to. Every tensor of the file belongs to something, or the file is refused.
 *
 * @param prefix the encoder's path in the model, the same for all layers: {@code bert.}, {@code roberta.} or empty
 * @param layers by the layer's path without the prefix: the file's names by part, such as {@code lora_A}
 * @param head the file's names by Hugging Face's names, in the head's order; empty if there is no head
 */
record TensorNames(String prefix, Map<String, Map<String, String>> layers, Map<String, String> head) {

    /** An array below its layer; adapters that have a name have it after the part, as PEFT's models do in memory. */
    private static final Pattern PART =
            Pattern.compile("(.+)\\.((?:lora|lokr)_\\w+)(?:\\.default)?(\\.weight|\\.bias)?");

    /**
     * Sorts the tensors of a file.
     *
     * @param what the format, for messages
     * @param root what all names begin with
     * @param ending what follows a part's name, empty or {@code .weight}
     * @param parts the format's parts
     */
    static TensorNames sort(TensorSource tensors, String what, String root, String ending, List<String> parts)
            throws IOException {
        String prefix = null;
        Map<String, Map<String, String>> layers = new LinkedHashMap<>();
        Map<String, String> found = new LinkedHashMap<>();
        for (String tensor : tensors.names()) {
            if (!tensor.startsWith(root)) {
                throw failure(tensors, tensor, "does not begin with " + root + ", as " + what + "'s names do");
            }
            String path = tensor.substring(root.length());
            if (path.startsWith(ModelPath.HEAD)) {
                if (path.contains("lora_") || path.contains("lokr_") || path.contains(".base_layer.")) {
                    throw failure(tensors, tensor, "is of an adapter on the classifier, which cannot be represented here;"
                            + " leave the classifier's layers out of target_modules (dense names one of RoBERTa's)");
                }
                put(tensors, found, path.replace(".modules_to_save", "").replace(".default", ""), tensor);
                continue;
            }
            Matcher part = PART.matcher(path);
            if (!part.matches() || !parts.contains(part.group(2)) || !ending.equals(text(part.group(3)))) {
                throw failure(tensors, tensor, complaint(path, what));
            }
            String before = ModelPath.before(part.group(1));
            if (prefix != null && !prefix.equals(before)) {
                throw failure(tensors, tensor, "is in " + model(before) + ", those before it in " + model(prefix));
            }
            prefix = before;
            Map<String, String> layer = layers.computeIfAbsent(
                    part.group(1).substring(before.length()), name -> new LinkedHashMap<>());
            put(tensors, layer, part.group(2), tensor);
        }
        if (layers.isEmpty()) {
            throw new IOException(tensors.location() + ": has no tensor of an adapted layer, expected " + what + "'s "
                    + String.join(", ", parts));
        }
        return new TensorNames(prefix, layers, head(tensors, prefix, found));
    }

    private static Map<String, String> head(TensorSource tensors, String prefix, Map<String, String> found)
            throws IOException {
        Map<String, String> head = new LinkedHashMap<>();
        if (found.isEmpty()) {
            return head;
        }
        Family family = ModelPath.familyOfHead(found.keySet());
        if (family == null || (!prefix.isEmpty() && !prefix.equals(ModelPath.of(family)))) {
            throw new IOException(tensors.location() + ": the head has " + found.keySet() + ", expected "
                    + (prefix.isEmpty() ? "BERT's or RoBERTa's" : "that of " + model(prefix)) + ": "
                    + ModelPath.head(Family.BERT) + " or " + ModelPath.head(Family.ROBERTA));
        }
        ModelPath.head(family).forEach(name -> head.put(name, found.get(name)));
        return head;
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

    private static String model(String prefix) {
        return prefix.isEmpty() ? "a bare encoder" : prefix.substring(0, prefix.length() - 1);
    }

    private static String text(String group) {
        return group == null ? "" : group;
    }

    static IOException failure(TensorSource tensors, String tensor, String complaint) {
        return new IOException(tensors.location() + ": tensor '" + tensor + "' " + complaint);
    }
}
