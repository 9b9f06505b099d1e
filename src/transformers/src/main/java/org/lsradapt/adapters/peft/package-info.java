/**
 * Adapters in other libraries' formats: written for Hugging Face PEFT as plain LoRA, exactly; read from PEFT (LoRA,
 * LoKr) and from the state dict of the code that the authors of LSR-Adapt published. docs/guides/interop.md has the formats.
 *
 * <p>PyTorch's weights are [out, in] and this library's [in, out]: everything is transposed here, at the file.
 * Whatever an adapter here cannot represent is refused by name, never left out in silence; so is a tensor that nothing
 * asks for, which PEFT would drop with a warning.
 *
 * <p>May depend on {@link org.lsradapt.adapters} and what that may depend on. Limits: linear layers of the blocks and
 * the pooler, and the head of the family's sequence classifier; safetensors files.
 */
package org.lsradapt.adapters.peft;
