"""What is made from the components: the JSON Schema of flows, the explanations of problem codes."""
