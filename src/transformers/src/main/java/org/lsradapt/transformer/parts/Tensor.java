package org.lsradapt.transformer.parts;

import java.util.List;
import java.util.Optional;

/**
 * A tensor of a base model.
 *
 * @param name its full name without the model's prefix
 * @param shape its shape in this library's orientation: the weight of a linear layer is [in, out]
 * @param linear whether it is the weight of a linear layer, which files of other libraries store transposed
 * @param fileShape its shape in Hugging Face's files: [out, in] for a linear layer, [out, channels, height, width] if
 *     that is a convolution there
 * @param fused the place of its outputs in a larger layer, whose tensor with the same ending is in files; empty if
 *     files store the tensor by itself. The file's shape is that of the part
 * @param group empty if the model needs it; otherwise the group of tensors that may be missing together, such as
 *     {@code pooler.dense}
 */
public record Tensor(
        String name,
        List<Long> shape,
        boolean linear,
        List<Long> fileShape,
        Optional<Fused> fused,
        Optional<String> group) {

    /** Creates a tensor that has this shape in files, transposed if it is the weight of a linear layer. */
    public Tensor(String name, List<Long> shape, boolean linear, Optional<String> group) {
        this(name, shape, linear, linear ? List.of(shape.get(1), shape.get(0)) : shape, Optional.empty(), group);
    }

    Tensor within(Optional<Fused> larger) {
        return new Tensor(name, shape, linear, fileShape, larger, group);
    }

    /** The name of the tensor in files: its own name, unless it is a part. */
    public String fileName() {
        return fused.map(larger -> larger.layer() + larger.joint() + name.substring(name.lastIndexOf('.') + 1))
                .orElse(name);
    }

    /** Returns the weight and, if there is one, the bias of a linear layer, as a group that a model may lack. */
    public static List<Tensor> of(Linear linear, String group) {
        Tensor weight =
                new Tensor(linear.weight(), List.of((long) linear.in(), (long) linear.out()), true, Optional.of(group));
        Tensor bias = new Tensor(linear.biasName(), List.of((long) linear.out()), false, Optional.of(group));
        return linear.bias() ? List.of(weight, bias) : List.of(weight);
    }

    /** Whether a model may lack the tensor. */
    public boolean isOptional() {
        return group.isPresent();
    }

    /** The shape as an array, new. */
    public long[] sizes() {
        return array(shape);
    }

    /** The shape in files as an array, new. */
    public long[] fileSizes() {
        return array(fileShape);
    }

    private static long[] array(List<Long> sizes) {
        return sizes.stream().mapToLong(Long::longValue).toArray();
    }
}
