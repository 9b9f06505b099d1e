package org.lsradapt.io.internal.frameworks;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.List;
import org.lsradapt.io.internal.ArrayBytes;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Nodes that compute logits from a model's last hidden states, to be written after the nodes of the model (see
 * {@link OnnxInitializers#write(java.nio.file.Path, org.lsradapt.io.TensorSource, OnnxHead)}). Each method adds a node that
 * reads the output of the one before it. The operators exist in opset 9 and all later ones.
 */
public final class OnnxHead {

    /** The name of the output, as in Optimum's classifiers. */
    public static final String OUTPUT = "logits";

    /** The names of the outputs of a model that finds answers, as in Optimum. */
    public static final List<String> ANSWER_OUTPUTS = List.of("start_logits", "end_logits");

    /** The prefix of the head's value names. */
    static final String PREFIX = "head/";

    private static final int INT64 = 7;

    /** INT of {@code AttributeProto.AttributeType}. */
    private static final int INTEGER = 2;

    private final ByteArrayOutputStream fields = new ByteArrayOutputStream();
    private final CodedOutputStream out = CodedOutputStream.newInstance(fields);
    private final String hidden;
    private String value;
    private int nodes;
    private boolean oneToken;
    private long outputs;
    private boolean apart;

    /** Starts with the last hidden states, the model's output of shape [batch, tokens, width]. */
    public OnnxHead(String hidden) {
        this.hidden = hidden;
        value = hidden;
    }

    String hidden() {
        return hidden;
    }

    /** Selects the hidden state of the first token, [batch, width]. */
    public OnnxHead firstToken() {
        String index = PREFIX + "first";
        initializer(index, INT64, new byte[Long.BYTES]);
        node("Gather", List.of(value, index), attribute("axis", 1));
        oneToken = true;
        return this;
    }

    /**
     * Adds a linear layer.
     *
     * @param name the layer's name, a prefix of its weights' names
     * @param weight shape [in, out], FLOAT; not modified
     * @param bias shape [out], FLOAT; null for none; not modified
     */
    public OnnxHead linear(String name, INDArray weight, INDArray bias) {
        node("MatMul", List.of(value, initializer(name + ".weight", weight)));
        if (bias != null) {
            node("Add", List.of(value, initializer(name + ".bias", bias)));
        }
        outputs = weight.size(1);
        return this;
    }

    /** max(0, x). */
    public OnnxHead relu() {
        node("Relu", List.of(value));
        return this;
    }

    /** tanh(x). */
    public OnnxHead tanh() {
        node("Tanh", List.of(value));
        return this;
    }

    /** x·Φ(x), as ½x·(1 + erf(x/√2)). */
    public OnnxHead gelu() {
        String x = value;
        node("Mul", List.of(x, constant(Math.sqrt(0.5))));
        node("Erf", List.of(value));
        node("Add", List.of(value, constant(1)));
        node("Mul", List.of(value, x));
        node("Mul", List.of(value, constant(0.5)));
        return this;
    }

    /** Ends with two separate outputs for each token, {@link #ANSWER_OUTPUTS} of shape [batch, tokens] each. */
    public OnnxHead startAndEnd() {
        apart = true;
        return this;
    }

    /** Returns the fields of the graph, including its outputs. */
    byte[] fields() {
        if (apart) {
            for (int i = 0; i < ANSWER_OUTPUTS.size(); i++) {
                String name = ANSWER_OUTPUTS.get(i);
                String index = PREFIX + "output_" + i;
                initializer(index, INT64, new byte[] {(byte) i, 0, 0, 0, 0, 0, 0, 0});
                result(name, "Gather", List.of(value, index), attribute("axis", 2));
            }
        } else {
            result(OUTPUT, "Identity", List.of(value));
        }
        try {
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return fields.toByteArray();
    }

    private void result(String name, String operator, List<String> inputs, ProtoMessage... attributes) {
        node(name, PREFIX + name, operator, inputs, attributes);
        add(OnnxGraph.GRAPH_OUTPUT, output -> {
            output.writeString(OnnxGraph.VALUE_NAME, name);
            ProtoMessage.write(
                    output,
                    OnnxGraph.VALUE_TYPE,
                    type -> ProtoMessage.write(type, OnnxGraph.TYPE_TENSOR, tensor -> {
                        tensor.writeInt32(OnnxGraph.TYPE_ELEMENT, OnnxGraph.FLOAT);
                        ProtoMessage.write(tensor, OnnxGraph.TYPE_SHAPE, shape -> {
                            symbol(shape, "batch_size");
                            if (!oneToken) {
                                symbol(shape, "sequence_length");
                            }
                            if (!apart) {
                                ProtoMessage.write(
                                        shape,
                                        OnnxGraph.SHAPE_DIMENSION,
                                        size -> size.writeInt64(OnnxGraph.DIMENSION_VALUE, outputs));
                            }
                        });
                    }));
        });
    }

    private static void symbol(CodedOutputStream shape, String name) throws IOException {
        ProtoMessage.write(
                shape, OnnxGraph.SHAPE_DIMENSION, size -> size.writeString(OnnxGraph.DIMENSION_SYMBOL, name));
    }

    private String constant(double number) {
        String name = PREFIX + "constant_" + nodes;
        int bits = Integer.reverseBytes(Float.floatToIntBits((float) number));
        initializer(
                name,
                OnnxGraph.FLOAT,
                ByteBuffer.allocate(Float.BYTES).putInt(bits).array());
        return name;
    }

    private String initializer(String name, INDArray array) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ArrayBytes.write(array, Channels.newChannel(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String full = PREFIX + name;
        initializer(full, OnnxGraph.FLOAT, bytes.toByteArray(), array.shape());
        return full;
    }

    private void initializer(String name, int type, byte[] data, long... shape) {
        add(OnnxGraph.GRAPH_INITIALIZER, tensor -> {
            for (long size : shape) {
                tensor.writeInt64(OnnxGraph.TENSOR_DIMENSIONS, size);
            }
            tensor.writeInt32(OnnxGraph.TENSOR_TYPE, type);
            tensor.writeString(OnnxGraph.TENSOR_NAME, name);
            tensor.writeByteArray(OnnxGraph.TENSOR_RAW, data);
        });
    }

    private static ProtoMessage attribute(String name, long number) {
        return node -> ProtoMessage.write(node, OnnxGraph.NODE_ATTRIBUTE, attribute -> {
            attribute.writeString(OnnxGraph.ATTRIBUTE_NAME, name);
            attribute.writeInt64(OnnxGraph.ATTRIBUTE_INTEGER, number);
            attribute.writeInt32(OnnxGraph.ATTRIBUTE_TYPE, INTEGER);
        });
    }

    private void node(String operator, List<String> inputs, ProtoMessage... attributes) {
        value = node(PREFIX + operator + "_" + nodes, PREFIX + operator + "_" + nodes, operator, inputs, attributes);
        nodes++;
    }

    private String node(String output, String name, String operator, List<String> inputs, ProtoMessage... attributes) {
        add(OnnxGraph.GRAPH_NODE, node -> {
            for (String input : inputs) {
                node.writeString(OnnxGraph.NODE_INPUT, input);
            }
            node.writeString(OnnxGraph.NODE_OUTPUT, output);
            node.writeString(OnnxGraph.NODE_NAME, name);
            node.writeString(OnnxGraph.NODE_OPERATOR, operator);
            for (ProtoMessage attribute : attributes) {
                attribute.writeTo(node);
            }
        });
        return output;
    }

    private void add(int field, ProtoMessage content) {
        try {
            ProtoMessage.write(out, field, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
