"""What is extracted from each conversation: request, task, language, sizes, concern, your own."""
