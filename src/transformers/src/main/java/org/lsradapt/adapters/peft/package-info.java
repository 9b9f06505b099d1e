/**
 * Adapters in other libraries' formats: written for Hugging Face PEFT as plain LoRA, exactly; read from PEFT (LoRA, LoKr) and from the
 * state dict of the code published by the authors of LSR-Adapt. docs/guides/interop.md describes the formats.
 *
 * <p>PyTorch's weights are [out, in] and this library's [in, out]; the conversion takes place here, at the file. Reading refuses, by
 * name, everything that an adapter here cannot represent, and unexpected tensors, which PEFT would drop with a warning.
 *
 * <p>May depend on {@link org.lsradapt.adapters} and its dependencies. Limits: linear layers of the blocks and the pooler, and the head
 * of the family's sequence classifier; safetensors files.
 */
package org.lsradapt.adapters.peft;
