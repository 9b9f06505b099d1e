package org.lsradapt.adapters.peft;

import java.util.List;
import java.util.function.Predicate;

/**
 * The names of the tensors of a type of adapter.
 *
 * @param root the prefix of all names
 * @param ending the suffix after a part's name, empty or {@code .weight}
 * @param parts the names of a layer's parts, such as {@code lora_A}
 * @param beside whether a tensor belongs to no layer
 */
public record FileLayout(String what, String root, String ending, List<String> parts, Predicate<String> beside) {

    /** PEFT's prefix of the model's path. */
    static final String PEFT = "base_model.model.";

    /** Names of PEFT, without tensors that belong to no layer. */
    public static FileLayout of(String what, String ending, String... parts) {
        return new FileLayout(what, PEFT, ending, List.of(parts), tensor -> false);
    }

    /** The same names, with tensors that belong to no layer. */
    public FileLayout beside(Predicate<String> others) {
        return new FileLayout(what, root, ending, parts, others);
    }

    boolean isInside(String path) {
        return parts.stream().anyMatch(part -> path.contains(part.substring(0, part.indexOf('_') + 1)));
    }
}
