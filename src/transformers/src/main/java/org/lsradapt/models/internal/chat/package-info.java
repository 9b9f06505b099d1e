/**
 * Chat templates: an interpreter of the part of Jinja that the templates of models use, with the meaning that Jinja2 gives it
 * in transformers' environment. {@code Lexer}, {@code Parser} and {@code Expressions} read a template, {@code Scope} settles its
 * names, {@code Statements}, {@code Operators}, {@code Access}, {@code Texts}, {@code Formats}, {@code Filters} and {@code Tests}
 * execute it, and {@code Budget} bounds it. Only {@code NamedTemplates} depends on more than the JDK: it reads JSON. A template
 * comes with a model's files and may be hostile: see {@link org.lsradapt.models.internal.chat.JinjaTemplate}.
 */
package org.lsradapt.models.internal.chat;
