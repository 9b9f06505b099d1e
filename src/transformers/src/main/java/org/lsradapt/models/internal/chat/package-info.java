/**
 * Chat templates, rendered by Jinjava in a dialect as close to Jinja2 as the templates of models need. Only this package knows
 * Jinjava. A template is a model's file and may be hostile: see {@link org.lsradapt.models.internal.chat.JinjaTemplate}.
 */
package org.lsradapt.models.internal.chat;
